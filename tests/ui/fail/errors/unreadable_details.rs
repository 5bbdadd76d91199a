//! The detail of an error can be written and read.

use restate_core::Detail;

// Detail without `Serialize` and `Deserialize`
#[derive(Detail)]
#[detail(name = "shop.v1.OutOfStock")]
pub struct OutOfStock;

fn main() {}
