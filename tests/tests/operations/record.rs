use std::{fs, path::Path, time::Duration};

use restate_core::{Context, HandlerResult, ObjectContext};
use restate_embedded::testing::{Recording, replay_recordings};
use restate_endpoint::Endpoint;
use restate_tests::{client, endpoint::RunningEndpoint, port::free_address, server::RestateServer};

use crate::command_line::run;

#[restate_core::service]
trait Raffle {
    async fn draw(&self, ctx: Context<'_>, prizes: u64) -> HandlerResult<i64>;
}

#[restate_core::object]
trait Winner {
    async fn win(&self, ctx: ObjectContext<'_>, prize: u64) -> HandlerResult<i64>;
}

/// Draws at random: the keys of its calls depend on the seed.
struct Fair;

impl Raffle for Fair {
    async fn draw(&self, ctx: Context<'_>, prizes: u64) -> HandlerResult<i64> {
        let checked = ctx.run(|| async { Ok(prizes) }).name("check").await?;
        let mut won = 0;
        for prize in 0..checked {
            let winner = ctx.rand().uuid().to_string();
            won += WinnerClient::new(ctx, winner).win(prize).await?;
            ctx.sleep(Duration::from_millis(1)).await?;
        }
        let awakeable = ctx.awakeable::<String>();
        ctx.resolve_awakeable::<String>(awakeable.id(), "done".to_owned());
        awakeable.await?;
        Ok(won)
    }
}

impl Winner for Fair {
    async fn win(&self, ctx: ObjectContext<'_>, prize: u64) -> HandlerResult<i64> {
        let won = ctx.get::<i64>("won").await?.unwrap_or(0) + 1;
        ctx.set("won", won);
        ctx.set("last", prize);
        Ok(won)
    }
}

/// Skips the check.
struct Hasty;

impl Raffle for Hasty {
    async fn draw(&self, ctx: Context<'_>, prizes: u64) -> HandlerResult<i64> {
        ctx.sleep(Duration::from_millis(1)).await?;
        Ok(i64::try_from(prizes).unwrap_or(0))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_of_a_server_are_saved_and_replayed() {
    let server = RestateServer::start().await;
    server.wait_until_queryable().await;
    let builder = Endpoint::builder().bind(RaffleServer::new(Fair)).bind(WinnerServer::new(Fair));
    let endpoint = RunningEndpoint::start(builder, free_address()).await;
    server.register(endpoint.address()).await;
    for prizes in ["2", "2", "1"] {
        let answer = client::post_json(server.ingress(), "/Raffle/draw", prizes).await.unwrap();
        assert_eq!(answer.text(), prizes);
    }
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let admin = format!("http://{}", server.admin());

    let (code, error) =
        run(&["record", out, "older_than=1s", "--admin", &admin]).await.unwrap_err();
    assert!(code == 6 && error.contains("is no filter for a Restate server"), "{code} {error}");
    let saved = run(&["record", out, "service=Raffle", "--admin", &admin]).await.unwrap();
    assert_eq!(saved["recorded"].as_array().unwrap().len(), 2, "one for each shape: {saved}");
    run(&["record", out, "service=Winner", "--admin", &admin]).await.unwrap();
    replay_recordings(out, &[&RaffleServer::new(Fair), &WinnerServer::new(Fair)]).await;

    let file = fs::read_dir(Path::new(out)).unwrap().map(|it| it.unwrap().path());
    let raffle = file.into_iter().find(|it| it.to_str().unwrap().contains("Raffle")).unwrap();
    let divergence =
        Recording::load(raffle).unwrap().replay(&RaffleServer::new(Hasty)).await.unwrap_err();
    let cause = divergence.likely_cause();
    assert_eq!(cause, "the run step `check` was removed or made conditional");
    endpoint.stop().await;
}
