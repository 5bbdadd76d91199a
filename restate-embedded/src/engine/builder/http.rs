//! Options of the servers of an engine, and of what comes in through them.

use restate_core::server::{HttpLimits, ListenAddress};

use super::EngineBuilder;
use crate::model::{sql_limits::SqlLimits, tokens::Tokens};

impl EngineBuilder {
    /// Serves the HTTP ingress on this address, such as `127.0.0.1:8080`, or on a bound listener.
    ///
    /// Without an ingress, handlers can be called through
    /// [`Engine::client`](crate::Engine::client) only. Anyone who can reach the address can call every
    /// handler, unless there are [`ingress_tokens`](Self::ingress_tokens). An address that other
    /// machines can reach needs these and TLS, or [`allow_unprotected`](Self::allow_unprotected).
    ///
    /// A handler is also found by its name in lower camel case, as other SDKs write it, if no other handler
    /// has that name: `SayHello` as `sayHello`. The run of a workflow is also found as `run`. Slashes
    /// before and after a path do not count.
    ///
    /// Handlers are called with POST. GET calls only handlers whose contract says that they change
    /// nothing (`idempotency_level = NO_SIDE_EFFECTS`, or `#[no_side_effects]` in a trait), and shared
    /// handlers of objects, which cannot write state; those of workflows can complete promises. A Restate
    /// server accepts GET for all handlers, with which a link or a crawler can change state.
    ///
    /// A message in a response has the encoding that `accept` prefers. Without a preference it has that
    /// of the request, and is JSON in the response to a GET, such as one for a result. An empty body is
    /// an empty message, whatever its content type; a Restate server refuses it with a content type.
    /// Headers of clients that start with `x-restate-` are not passed to handlers.
    pub fn ingress(mut self, address: impl Into<ListenAddress>) -> Self {
        self.ingress = Some(address.into());
        self
    }

    /// Serves the admin interface on this address, such as `127.0.0.1:9070`, or on a bound listener.
    ///
    /// It shows and changes everything in the engine, for everybody who can reach it, unless there are
    /// [`admin_tokens`](Self::admin_tokens). An address that other machines can reach needs these and
    /// TLS, or [`allow_unprotected`](Self::allow_unprotected). It reads the database, so the engine needs
    /// a data directory.
    ///
    /// Its paths may begin with a version of Restate's admin interface, `/v2` to `/v4`. Restate's command
    /// line finds it (`RESTATE_ADMIN_URL=http://127.0.0.1:9070 restate whoami`) and sends the token in
    /// `RESTATE_AUTH_TOKEN`. Its other commands are not supported: most of them query tables that this
    /// engine does not have. The program `restate-embedded` has commands for all of the interface.
    pub fn admin(mut self, address: impl Into<ListenAddress>) -> Self {
        self.admin = Some(address.into());
        self
    }

    /// Demands one of these tokens of clients of the ingress, in the header `authorization: Bearer ..`,
    /// which handlers do not see then.
    ///
    /// A token for reading permits GET: results, and handlers that change nothing. Calls need one for
    /// changes. `/restate/health` needs none.
    pub fn ingress_tokens(mut self, tokens: Tokens) -> Self {
        self.http.ingress_tokens = Some(tokens);
        self
    }

    /// Demands one of these tokens of clients of the admin interface.
    ///
    /// A token for reading permits GET and SQL, which see everything that is stored; all else needs one
    /// for changes. `/health` and `/ready` need none. Each change is logged with the name of the token.
    pub fn admin_tokens(mut self, tokens: Tokens) -> Self {
        self.http.admin_tokens = Some(tokens);
        self
    }

    /// Serves ingress and admin interface with TLS only.
    ///
    /// A configuration without ALPN protocols offers HTTP/2 and HTTP/1.1.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: crate::rustls::ServerConfig) -> Self {
        self.http.tls = crate::http::tls::Tls::new(config);
        self
    }

    /// Lets ingress and admin interface listen on addresses that other machines can reach, without
    /// tokens or TLS: for a network whose members may all do everything, or behind a proxy that
    /// authenticates and encrypts.
    pub fn allow_unprotected(mut self) -> Self {
        self.http.allow_unprotected = true;
        self
    }

    /// Lets web pages of these origins call handlers, such as `https://app.example.com`; `*` stands for
    /// every origin. By default none can.
    ///
    /// Browsers let every page send requests to every address, also to one that only this machine can
    /// reach. The engine therefore refuses what a page of another origin has sent, with code 403, and
    /// answers preflights (CORS) of these origins only. That concerns the ingress: the admin interface
    /// has no such option. Requests of programs that are not browsers do not change.
    pub fn cors<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.http.cors = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Names of this host, such as `engine.example.com`, under which clients address ingress and admin
    /// interface; `*` stands for every name.
    ///
    /// IP addresses and `localhost` are always known. Requests for other names are refused with code
    /// 403: a website could point its own name to this machine, and its pages could then read everything
    /// (DNS rebinding).
    pub fn hosts<H: Into<String>>(mut self, names: impl IntoIterator<Item = H>) -> Self {
        self.http.hosts = names.into_iter().map(Into::into).collect();
        self
    }

    /// Names of headers that carry secrets, such as `x-api-key`, besides `authorization`, `cookie` and
    /// `proxy-authorization`.
    ///
    /// They are dropped before a request is stored, whoever has sent it, and handlers do not see them.
    /// Handlers whose contract names them in `keep_headers` do, and their requests are stored with
    /// them; they are not shown to people. What a handler adds to its own calls is also in its journal,
    /// as a replay compares it. A Restate server stores all headers.
    pub fn sensitive_headers<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.sensitive_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// The longest request body that ingress and admin interface accept, in bytes; default 10 MiB, and
    /// never more than [`message_limit`](Self::message_limit).
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.http.body_limit = bytes;
        self
    }

    /// What the clients of the ingress may take up, and those of the admin interface, each on its
    /// own: connections, requests, memory, time.
    pub fn http_limits(mut self, limits: HttpLimits) -> Self {
        self.http.limits = limits;
        self
    }

    /// What bounds the SQL queries of the admin interface; see [`SqlLimits`] for the defaults.
    pub fn sql_limits(mut self, limits: SqlLimits) -> Self {
        self.http.sql = limits;
        self
    }
}
