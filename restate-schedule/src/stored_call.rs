//! Calls as schedules store them.

use bytes::Bytes;
use restate::{Call, Channel, Payload, Target, TerminalError};

use crate::contract::{Header, StoredCall};

impl StoredCall {
    /// The call without its channel.
    pub(crate) fn of<C, Req: Payload, Res>(call: Call<C, Req, Res>) -> Result<Self, TerminalError> {
        let request = call.into_request()?;
        let content_type = request.content_type_if_needed().unwrap_or_default().to_owned();
        let header = |(name, value)| Header { name, value };
        Ok(Self {
            service: request.target.service_name().to_owned(),
            key: request.target.key().map(str::to_owned),
            handler: request.target.handler_name().to_owned(),
            body: request.body,
            content_type,
            headers: request.headers.into_iter().map(header).collect(),
            scope: request.scope.unwrap_or_default(),
            limit_key: request.limit_key.unwrap_or_default(),
        })
    }

    /// The call, to be made through `channel`.
    pub(crate) fn into_call<C: Channel>(
        self,
        channel: &C,
        idempotency_key: String,
    ) -> Call<C, Bytes, Bytes> {
        let target = match self.key {
            Some(key) => Target::object(self.service, key, self.handler),
            None => Target::service(self.service, self.handler),
        };
        let call = Call::new(channel, target, self.body);
        let call = call.idempotency_key(idempotency_key);
        let call = match self.content_type {
            none if none.is_empty() => call,
            content_type => call.header("content-type", content_type),
        };
        let call = self.headers.into_iter().fold(call, |call, it| call.header(it.name, it.value));
        let call = if self.scope.is_empty() { call } else { call.scope(self.scope) };
        if self.limit_key.is_empty() { call } else { call.limit_key(self.limit_key) }
    }
}
