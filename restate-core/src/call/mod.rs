//! Calls of other services, and what they become: replies, send handles and invocation handles.

pub(crate) mod durable;
pub(crate) mod invocation_handle;
pub(crate) mod one_way;
pub(crate) mod response;
pub(crate) mod service_name;

use std::{
    borrow::Cow,
    fmt,
    future::IntoFuture,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;

use crate::{
    error::TerminalError,
    payload::{Encoding, Format, Payload},
};

#[doc(hidden)]
pub use crate::payload::unnamed::{decode_given, decode_likely, encode_given, is_json};
pub use durable::DurableReply;
pub use invocation_handle::Acceptance;
pub use one_way::{ClientCall, HandlerChannel, IntoClientCall};
pub use response::{Response, UnreadableResponse};
pub use service_name::ServiceName;

/// A call that has not been made yet; the methods of generated clients return it.
///
/// - `.await` or [`call`](Self::call) makes it and waits for the response,
/// - [`one_way`](Self::one_way) sends it without waiting for a response,
/// - [`delayed`](Self::delayed) sends it to be executed later.
///
/// Inside a handler each of the three writes to the journal at that moment, in program order,
/// whether or not what it returns is awaited.
#[must_use = "a call is not made until it is awaited or sent with `.one_way()` or `.delayed(..)`"]
pub struct Call<C, Req, Res> {
    pub(crate) channel: C,
    pub(crate) request: Request,
    pub(crate) body: Req,
    response: PhantomData<fn() -> Res>,
}

impl<C: Channel, Req, Res> Call<C, Req, Res> {
    /// A call of `target` with `body`, to be made through `channel`.
    ///
    /// Generated clients use this. With [`Bytes`] as request and response it calls handlers whose
    /// contract is known only at run time.
    pub fn new(channel: &C, target: Target, body: Req) -> Self {
        Self {
            channel: channel.clone(),
            request: Request::new(target),
            body,
            response: PhantomData,
        }
    }
}

impl<C: Channel, Req: Payload, Res: Payload> Call<C, Req, Res> {
    /// Makes the call. Its response is awaited; in a handler it is journaled.
    pub fn call(self) -> Reply<C::Reply, Res> {
        let Self { channel, request, body, .. } = self;
        let encoding = request.encoding;
        Reply { raw: channel.call(request.with_body(&body)), encoding, response: PhantomData }
    }

    /// Sends the call without waiting for a response. The returned future resolves once the engine has it.
    pub fn one_way(self) -> C::Sent {
        let Self { channel, request, body, .. } = self;
        channel.send(request.with_body(&body), None)
    }

    /// Sends the call, to be executed after `delay`. Fractions of a millisecond round up.
    ///
    /// The engine stores the call with its time; the caller may end long before. A delay of zero is the
    /// same as [`one_way`](Self::one_way).
    pub fn delayed(self, delay: Duration) -> C::Sent {
        let Self { channel, request, body, .. } = self;
        // A time would make the call wait for a timer while calls that were sent later overtake it: the
        // current time, rounded up to a millisecond, is in the future.
        let delay = Some(delay).filter(|delay| !delay.is_zero());
        channel.send(request.with_body(&body), delay)
    }
}

impl<C, Req: Payload, Res> Call<C, Req, Res> {
    /// The encoded call, to be stored and made later. Nothing is sent.
    ///
    /// # Errors
    ///
    /// Code 400 when the request cannot be encoded, or breaks a rule such as an empty key.
    pub fn into_request(self) -> Result<Request, TerminalError> {
        self.request.with_body(&self.body)
    }
}

impl<C, Req, Res> Call<C, Req, Res> {
    /// Makes repetitions of this call with the same key one execution with one response.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.request.idempotency_key = Some(key.into());
        self
    }

    /// Adds a header that the handler can read, if its contract [keeps](crate::Settings::keep_headers) it
    /// in the case of one with secrets.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.headers.push((name.into(), value.into()));
        self
    }

    /// Calls the target in a scope: its own keys, queues and limits, apart from other scopes.
    ///
    /// A scope has 1 to 36 letters, digits, `_`, `.` and `-`. Objects have no scopes: engines refuse
    /// the call.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.request.scope = Some(scope.into());
        self
    }

    /// Counts the call against the limits of this key, within its [`scope`](Self::scope).
    ///
    /// One or two levels, such as `tenant` or `tenant/user`, each of 1 to 36 letters, digits, `_`, `.`
    /// and `-`.
    pub fn limit_key(mut self, key: impl Into<String>) -> Self {
        self.request.limit_key = Some(key.into());
        self
    }

    /// Sends a request that is a protobuf message as JSON, for services that read no binary protobuf,
    /// such as those written with other SDKs. Other requests are not affected.
    ///
    /// A contract that says `encoding: JSON` has this done for all of its calls.
    pub fn json(mut self) -> Self {
        self.request.encoding = Some(Encoding::Json);
        self
    }

    /// Names the call's journal entry, for people who read the journal.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.request.name = name.into();
        self
    }
}

impl<C: Channel, Req: Payload, Res: Payload> IntoFuture for Call<C, Req, Res> {
    type Output = Result<Res, C::Error>;
    type IntoFuture = Reply<C::Reply, Res>;

    fn into_future(self) -> Self::IntoFuture {
        self.call()
    }
}

impl<C, Req, Res> fmt::Debug for Call<C, Req, Res> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.request.target).finish()
    }
}

/// The response of a call that was made.
#[must_use = "the response of a call and its failure are lost if nobody awaits them"]
#[derive(Debug)]
pub struct Reply<R, Res> {
    raw: R,
    /// The encoding that was asked for.
    encoding: Option<Encoding>,
    response: PhantomData<fn() -> Res>,
}

impl<R, Res> Reply<R, Res> {
    pub(crate) fn raw(&self) -> &R {
        &self.raw
    }
}

impl<R, Res, E> Future for Reply<R, Res>
where
    R: Future<Output = Result<Response, E>> + Unpin,
    Res: Payload,
    E: From<UnreadableResponse>,
{
    type Output = Result<Res, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = self.get_mut();
        let response = ready!(Pin::new(&mut reply.raw).poll(cx))?;
        Poll::Ready(response.decode_as(reply.encoding).map_err(E::from))
    }
}

/// The carrier of calls: the context of a handler, or a client outside of handlers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry calls",
    label = "a client is made from a handler's context or from an engine's client",
    note = "inside a handler: `GreeterClient::new(ctx)`"
)]
pub trait Channel: Clone {
    /// How a call through this channel fails.
    type Error: From<TerminalError> + From<UnreadableResponse>;
    /// Waits for an encoded response.
    type Reply: Future<Output = Result<Response, Self::Error>> + Unpin;
    /// Resolves when a call was sent.
    type Sent;

    /// Makes a call. A request that could not be built fails without being sent.
    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply;

    /// Sends a call, to be executed after `delay` or at once.
    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent;
}

#[diagnostic::do_not_recommend]
impl<C: Channel> Channel for &C {
    type Error = C::Error;
    type Reply = C::Reply;
    type Sent = C::Sent;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        C::call(self, request)
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        C::send(self, request, delay)
    }
}

/// An encoded call, as channels carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Which handler is called.
    pub target: Target,
    /// The encoded request.
    pub body: Bytes,
    /// The content type of the body; `None` for a call without a request.
    pub content_type: Option<&'static str>,
    /// Headers for the handler, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Not empty when present.
    pub idempotency_key: Option<String>,
    /// Scope of the target; 1 to 36 letters, digits, `_`, `.` and `-`.
    pub scope: Option<String>,
    /// Key whose limits apply; only with a scope.
    pub limit_key: Option<String>,
    /// Name of the journal entry; may be empty.
    pub name: String,
    /// The encoding that was asked for; `None` for the preferred one.
    pub encoding: Option<Encoding>,
}

impl Request {
    fn new(target: Target) -> Self {
        Self {
            target,
            body: Bytes::new(),
            content_type: None,
            headers: Vec::new(),
            idempotency_key: None,
            scope: None,
            limit_key: None,
            name: String::new(),
            encoding: None,
        }
    }

    pub(crate) fn with_body<Req: Payload>(mut self, body: &Req) -> Result<Self, TerminalError> {
        let Target { service, handler, .. } = &self.target;
        if let Some((what, rule)) = self.broken_rule() {
            let message = format!("the {what} of a call to {service}/{handler} {rule}");
            return Err(TerminalError::with_code(400, message));
        }
        let encoding = Req::FORMAT.sent(self.encoding);
        self.body = body.encode(encoding).map_err(|error| {
            let message = format!("cannot encode the request to {service}/{handler}: {error}");
            TerminalError::with_code(400, message)
        })?;
        self.content_type = (Req::FORMAT != Format::Empty).then(|| encoding.content_type());
        Ok(self)
    }

    /// The content type, if readers cannot do without it: the encoding was asked for, or the body is
    /// binary and JSON as well. In other requests, the header would only take space.
    pub fn content_type_if_needed(&self) -> Option<&'static str> {
        let is_binary = self.content_type == Some(Encoding::Proto.content_type());
        let is_needed = self.encoding.is_some() || (is_binary && is_json(&self.body));
        self.content_type.filter(|_| is_needed)
    }

    /// The part of this request that breaks a rule, and the rule.
    fn broken_rule(&self) -> Option<(&'static str, &'static str)> {
        let is_empty = |value: &Option<String>| value.as_ref().is_some_and(String::is_empty);
        let limit_key = self.limit_key.as_deref();
        if is_empty(&self.target.key) {
            Some(("key", "is empty"))
        } else if is_empty(&self.idempotency_key) {
            Some(("idempotency key", "is empty"))
        } else if self.scope.as_ref().is_some_and(|scope| !is_level(scope)) {
            Some(("scope", "is not 1 to 36 letters, digits, `_.-`"))
        } else if limit_key.is_some() && self.scope.is_none() {
            Some(("limit key", "needs a scope: add `.scope(..)`"))
        } else if limit_key.is_some_and(|key| !is_limit_key(key)) {
            Some(("limit key", "is not one or two levels of 1 to 36 letters, digits, `_.-`"))
        } else {
            None
        }
    }
}

/// Whether `key` can be a limit key: one or two levels.
#[doc(hidden)]
pub fn is_limit_key(key: &str) -> bool {
    key.split('/').count() <= 2 && key.split('/').all(is_level)
}

/// Whether `level` can be a scope, or one level of a limit key: Restate's rules for them.
#[doc(hidden)]
pub fn is_level(level: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=36).contains(&level.len()) && level.chars().all(allowed)
}

/// The address of a handler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub(crate) service: Cow<'static, str>,
    pub(crate) handler: Cow<'static, str>,
    pub(crate) key: Option<String>,
}

impl Target {
    /// A handler of a plain service, by wire names.
    pub fn service(
        service: impl Into<Cow<'static, str>>,
        handler: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { service: service.into(), handler: handler.into(), key: None }
    }

    /// A handler of the object or workflow `service` with this key.
    pub fn object(
        service: impl Into<Cow<'static, str>>,
        key: impl Into<String>,
        handler: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { service: service.into(), handler: handler.into(), key: Some(key.into()) }
    }

    /// Wire name of the service.
    pub fn service_name(&self) -> &str {
        &self.service
    }

    /// Wire name of the handler.
    pub fn handler_name(&self) -> &str {
        &self.handler
    }

    /// Key of the object, if it is one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_its_service_its_handler_and_its_key() {
        let parts = |target: &Target| {
            let [service, handler] = [target.service_name(), target.handler_name()];
            (service.to_owned(), handler.to_owned(), target.key().map(str::to_owned))
        };
        let plain = Target::service("Greeter", "greet");
        assert_eq!(parts(&plain), ("Greeter".into(), "greet".into(), None));
        let object = Target::object("Counter", "pete", "add");
        assert_eq!(parts(&object), ("Counter".into(), "add".into(), Some("pete".into())));
    }

    #[test]
    fn a_limit_key_has_one_or_two_levels_of_1_to_36_characters() {
        let longest = "x".repeat(36);
        for good in ["a", "Z", "0", "_.-", &longest, "a/b", &format!("{longest}/{longest}")] {
            assert!(is_limit_key(good), "{good}");
        }
        for bad in ["", "/", "a/", "/a", "a/b/c", "a b", "\u{fc}", &format!("{longest}x")] {
            assert!(!is_limit_key(bad), "{bad}");
        }
    }
}
