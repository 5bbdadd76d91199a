//! Calls per second over gRPC and over plain HTTP with JSON, with 64 streams on one connection, and those
//! of an echo server of tonic in the same run. `cargo run --release -p restate-rpc-tests --example throughput`

use std::{
    convert::Infallible,
    error::Error,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, client::conn::http2, server::conn::http2 as server, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use restate_rpc_tests::{GreetRequest, Greeting};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tonic_prost::ProstCodec;

const STREAMS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

type Failure = Box<dyn Error + Send + Sync>;

/// What a stream calls again and again.
struct Load {
    name: &'static str,
    address: SocketAddr,
    content_type: &'static str,
    body: Bytes,
    rates: Vec<f64>,
    /// Processor time of a call, in microseconds, on both sides. Other processes hardly change it.
    costs: Vec<f64>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let memory = restate_rpc_tests::engine().start().await?;
    let disk = restate_rpc_tests::engine().data_dir(directory.path()).start().await?;
    let address = |engine: &restate_embedded::Engine| engine.ingress_addr().ok_or("no ingress");
    let echo = echo().await?;
    let request = GreetRequest { name: "Pete".to_owned() };
    let message = request.encode_to_vec();
    let length = u32::try_from(message.len())?.to_be_bytes();
    let framed = Bytes::from([&[0][..], &length, &message].concat());
    let json = Bytes::from_static(br#"{"name":"Pete"}"#);
    let load = |name, address, content_type, body: &Bytes| Load {
        name,
        address,
        content_type,
        body: body.clone(),
        rates: Vec::new(),
        costs: Vec::new(),
    };
    let mut loads = [
        load("JSON, in memory", address(&memory)?, "application/json", &json),
        load("gRPC, in memory", address(&memory)?, "application/grpc", &framed),
        load("JSON, on disk", address(&disk)?, "application/json", &json),
        load("gRPC, on disk", address(&disk)?, "application/grpc", &framed),
        load("tonic echo", echo, "application/grpc", &framed),
    ];
    // In turns, so that whatever else the machine does slows all of them; and in either order, because the
    // one before may leave work behind.
    for turn in 0..ROUNDS {
        let mut in_turn: Vec<_> = loads.iter_mut().collect();
        if turn % 2 == 1 {
            in_turn.reverse();
        }
        for load in in_turn {
            let before = processor_time()?;
            let rate = round(load).await?;
            let calls = rate * ROUND.as_secs_f64();
            load.costs.push((processor_time()? - before).as_secs_f64() * 1e6 / calls);
            load.rates.push(rate);
        }
    }
    for Load { name, rates, costs, .. } in &loads {
        let (rate, cost) = (median(rates.clone()), median(costs.clone()));
        println!("{name:<16} {rate:>8.0} calls/s, {cost:>6.1} µs of the processor a call");
    }
    let [json_in_memory, grpc_in_memory, json_on_disk, grpc_on_disk, echo] = &loads;
    for (name, json, grpc) in
        [("in memory", json_in_memory, grpc_in_memory), ("on disk", json_on_disk, grpc_on_disk)]
    {
        let rates = median(pairs(&grpc.rates, &json.rates, |grpc, json| grpc / json));
        let costs = median(pairs(&json.costs, &grpc.costs, |json, grpc| json / grpc));
        let overhead = median(pairs(&grpc.costs, &echo.costs, |grpc, echo| grpc - echo));
        println!(
            "{name}: gRPC to JSON {rates:.2} by the clock, {costs:.2} by the processor; {overhead:.1} µs \
             over tonic (medians of {ROUNDS} rounds)"
        );
    }
    Ok(())
}

/// What two loads compare to in each round, as whatever slows a round slows both.
fn pairs(one: &[f64], other: &[f64], compare: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| compare(*one, *other)).collect()
}

fn median(mut of_rounds: Vec<f64>) -> f64 {
    of_rounds.sort_by(f64::total_cmp);
    of_rounds[of_rounds.len() / 2]
}

/// What this process has used of the processor.
fn processor_time() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("no name")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    // Linux counts a hundred ticks a second.
    Ok(Duration::from_millis(ticks.sum::<Result<u64, _>>()? * 10))
}

/// Calls per second of this load.
async fn round(load: &Load) -> Result<f64, Failure> {
    let stream = TcpStream::connect(load.address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let start = now();
    let mut streams = JoinSet::new();
    for _ in 0..STREAMS {
        let uri = format!("http://{}/shop.v1.Desk/Greet", load.address);
        let (content_type, body, mut sender) =
            (load.content_type, load.body.clone(), sender.clone());
        streams.spawn(async move {
            let mut calls = 0_u32;
            while start.elapsed() < ROUND {
                let request = Request::post(&uri).header("content-type", content_type);
                let request = request.header("te", "trailers").body(Full::new(body.clone()))?;
                let response = sender.send_request(request).await?;
                let body = response.into_body().collect().await?;
                let status = body.trailers().and_then(|it| it.get("grpc-status"));
                if status.is_some_and(|status| status != "0") || body.to_bytes().len() < 10 {
                    return Err("a call has failed".into());
                }
                calls += 1;
            }
            Ok::<_, Failure>(calls)
        });
    }
    let mut calls = 0;
    while let Some(stream) = streams.join_next().await {
        calls += stream??;
    }
    let rate = f64::from(calls) / start.elapsed().as_secs_f64();
    connection.abort();
    Ok(rate)
}

/// A server of tonic that greets.
async fn echo() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service_fn(|request| async {
                let mut grpc =
                    tonic::server::Grpc::new(ProstCodec::<Greeting, GreetRequest>::default());
                Ok::<_, Infallible>(grpc.unary(Greeter, request).await)
            });
            let http = server::Builder::new(TokioExecutor::new());
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(address)
}

struct Greeter;

impl tonic::server::UnaryService<GreetRequest> for Greeter {
    type Response = Greeting;
    type Future = std::future::Ready<Result<tonic::Response<Greeting>, tonic::Status>>;

    fn call(&mut self, request: tonic::Request<GreetRequest>) -> Self::Future {
        let text = format!("Good day, {}", request.into_inner().name);
        std::future::ready(Ok(tonic::Response::new(Greeting { text })))
    }
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn now() -> Instant {
    Instant::now()
}
