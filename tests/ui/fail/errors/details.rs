//! The detail of an error is a message of a contract, or a serde type with a name.

use restate_core::{Detail, TerminalError};
use serde::{Deserialize, Serialize};

// Derive without a name
#[derive(Serialize, Deserialize, Detail)]
pub struct OutOfStock;

// Derive with another argument
#[derive(Serialize, Deserialize, Detail)]
#[detail(title = "shop.v1.Closed")]
pub struct Closed;

// Derive with an empty name
#[derive(Serialize, Deserialize, Detail)]
#[detail(name = "")]
pub struct Empty;

fn main() {
    // Serde type without a name
    let _ = TerminalError::conflict("out of stock").with_detail(&"none left".to_owned());
}
