//! What happens at a time while the call of the last firing runs.

use bytes::Bytes;
use restate::{ObjectContext, TerminalError};

use crate::{
    contract::{Definition, Overlap, Progress, Run, ScheduleClient, WatchRequest},
    names::{TIME_HEADER, idempotency_key, time_of},
};

/// How many calls wait for the last one; above that, times are skipped.
const QUEUE: usize = 1_000;

/// The firings of a schedule, within one of its handlers.
pub(crate) struct Firings<'a> {
    pub(crate) ctx: ObjectContext<'a>,
    pub(crate) definition: Definition,
    pub(crate) progress: Progress,
}

impl Firings<'_> {
    /// Makes the call of `time`, or does what the policy says while the last call runs.
    pub(crate) async fn fire(&mut self, time: i64) -> Result<(), TerminalError> {
        let overlap = self.definition.spec.clone().unwrap_or_default().overlap();
        self.start_waiting().await?;
        if overlap == Overlap::Allow {
            return self.start(time).await;
        }
        let Some(last) = self.running().await? else { return self.start(time).await };
        let progress = &mut self.progress;
        match overlap {
            Overlap::Queue if progress.queue.len() < QUEUE => progress.queue.push(time),
            Overlap::Cancel => {
                let superseded = std::mem::replace(&mut progress.queue, vec![time]);
                progress.skipped += superseded.len() as u64;
                self.ctx.invocation(last).cancel().await?;
            }
            _ => {
                progress.skipped += 1;
                return Ok(());
            }
        }
        self.watch().await
    }

    /// Makes the calls that wait, as far as none runs.
    pub(crate) async fn start_waiting(&mut self) -> Result<(), TerminalError> {
        while !self.progress.queue.is_empty() && self.running().await?.is_none() {
            let time = self.progress.queue.remove(0);
            self.start(time).await?;
        }
        if self.progress.queue.is_empty() { Ok(()) } else { self.watch().await }
    }

    /// The invocation of the last firing, if it has not ended.
    async fn running(&mut self) -> Result<Option<String>, TerminalError> {
        let Some(last) = &self.progress.last else { return Ok(None) };
        // An invocation that has failed, or whose result is not kept any more, has ended as well.
        let output = self.ctx.invocation(last.invocation_id.clone()).output::<Bytes>().await;
        Ok(matches!(output, Ok(None)).then(|| last.invocation_id.clone()))
    }

    async fn start(&mut self, time: i64) -> Result<(), TerminalError> {
        let call = self.definition.call.clone().unwrap_or_default();
        let call = call.into_call(&self.ctx, idempotency_key(self.ctx.key(), time));
        let sent = call.header(TIME_HEADER, time_of(time)).one_way().await?;
        let invocation_id = sent.invocation_id().await?.to_string();
        self.progress.last = Some(Run { time, invocation_id });
        self.progress.fired += 1;
        self.progress.watched = false;
        Ok(())
    }

    /// Has `Ended` called when the last call has ended.
    async fn watch(&mut self) -> Result<(), TerminalError> {
        let Some(last) = self.progress.last.as_ref().filter(|_| !self.progress.watched) else {
            return Ok(());
        };
        let request = WatchRequest { invocation_id: last.invocation_id.clone() };
        ScheduleClient::new(self.ctx, self.ctx.key()).watch(request).one_way().await?;
        self.progress.watched = true;
        Ok(())
    }
}
