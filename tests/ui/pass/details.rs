//! Serde types explain errors, and constructors say what an error means.

#![deny(warnings)]
#![allow(dead_code)]

use restate_core::{Detail, HandlerResult, TerminalError};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, Detail)]
#[detail(name = "shop.v1.OutOfStock")]
pub struct OutOfStock {
    left: u32,
}

#[derive(Debug, Serialize, Deserialize, Detail)]
#[detail(name = "shop.v1.Reason", crate = ::restate_core)]
pub enum Reason {
    Closed,
    Busy { until: String },
}

#[derive(Debug, Serialize, Deserialize, Detail)]
#[detail(name = "shop.v1.Limit")]
#[serde(bound = "T: Serialize + for<'a> Deserialize<'a>")]
pub struct Limit<T>
where
    T: Serialize + for<'a> Deserialize<'a> + Send,
{
    limit: T,
}

pub fn order(left: u32, wanted: u32) -> HandlerResult<u32> {
    if wanted == 0 {
        return Err(TerminalError::bad_request("nothing is wanted").into());
    }
    left.checked_sub(wanted).ok_or_else(|| {
        let error = TerminalError::conflict("out of stock").with_detail(&OutOfStock { left });
        error.with_detail(&Reason::Closed).with_detail(&Limit { limit: left }).into()
    })
}

pub fn found(error: &TerminalError) -> Option<Reason> {
    error.detail().ok().flatten()
}

pub fn meanings() -> [TerminalError; 10] {
    [
        TerminalError::bad_request("no"),
        TerminalError::unauthorized("no"),
        TerminalError::forbidden("no"),
        TerminalError::not_found("no"),
        TerminalError::conflict("no"),
        TerminalError::gone("no"),
        TerminalError::precondition_failed("no"),
        TerminalError::unprocessable("no"),
        TerminalError::too_many_requests("no"),
        TerminalError::not_implemented("no"),
    ]
}
