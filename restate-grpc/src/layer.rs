//! A front door in a server of the user's own.

use std::{
    error::Error,
    fmt::Display,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Either;
use restate_core::server::RequestBody;
use tower_layer::Layer;
use tower_service::Service;

use crate::{body::Body, calls::Calls, front_door::FrontDoor, protocol::Protocol};

/// Answers rpcs before they reach a server of the user's own, such as a router of axum.
///
/// Everything else passes on to the inner service: plain HTTP, and rpcs of services that the calls do not
/// have, which another gRPC server may have.
///
/// Over HTTP/1.1, a body that is refused is read up to 64 MiB and for up to 10 s, in a task of tokio: many
/// clients read the response only when they have written their whole body.
///
/// ```
/// use axum::{Router, routing::get};
/// use restate_grpc::{Calls, FrontDoor, FrontDoorLayer};
///
/// fn app<C: Calls>(front_door: FrontDoor<C>) -> Router {
///     let app = Router::new().route("/", get(|| async { "the page" }));
///     app.layer(FrontDoorLayer::new(front_door))
/// }
/// ```
#[derive(Debug)]
pub struct FrontDoorLayer<C> {
    front_door: FrontDoor<C>,
}

impl<C> FrontDoorLayer<C> {
    /// Puts this front door before a service.
    pub fn new(front_door: FrontDoor<C>) -> Self {
        Self { front_door }
    }
}

impl<C> Clone for FrontDoorLayer<C> {
    fn clone(&self) -> Self {
        Self { front_door: self.front_door.clone() }
    }
}

impl<C, S> Layer<S> for FrontDoorLayer<C> {
    type Service = FrontDoorService<C, S>;

    fn layer(&self, inner: S) -> Self::Service {
        FrontDoorService { front_door: self.front_door.clone(), inner }
    }
}

/// A service with a front door before it; [`FrontDoorLayer`] makes it.
#[derive(Debug)]
pub struct FrontDoorService<C, S> {
    front_door: FrontDoor<C>,
    inner: S,
}

impl<C, S: Clone> Clone for FrontDoorService<C, S> {
    fn clone(&self) -> Self {
        Self { front_door: self.front_door.clone(), inner: self.inner.clone() }
    }
}

impl<C, S, B, R> Service<Request<B>> for FrontDoorService<C, S>
where
    C: Calls,
    S: Service<Request<B>, Response = Response<R>, Future: Send + 'static>,
    B: http_body::Body<Data = Bytes, Error: Display> + Send + 'static,
    R: http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    type Response = Response<Either<Body, R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match Protocol::of(&request).filter(|_| self.front_door.serves(&request)) {
            Some(protocol) => {
                let front_door = self.front_door.clone();
                // A refused body is read nevertheless: see there.
                let version = request.version();
                let request = request.map(|body| RequestBody::new(Box::pin(body), version));
                Box::pin(async move {
                    Ok(front_door.respond(protocol, request).await.map(Either::Left))
                })
            }
            None => {
                let passed_on = self.inner.call(request);
                Box::pin(async move { Ok(passed_on.await?.map(Either::Right)) })
            }
        }
    }
}
