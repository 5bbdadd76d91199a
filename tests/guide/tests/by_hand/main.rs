//! What the tutorial does by hand: its commands, and `kill -9` in the middle of an order.

mod commands;
mod kill;
mod process;

mod shop {
    restate::include_proto!("shop.v1");
}
