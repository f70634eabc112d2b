//! Batches: many requests that are decided by one call, as those that ask about lists do.

use crate::decision::Decision;
use crate::frame::Frame;
use crate::host::Host;
use crate::pdp::Pdp;

/// Requests that are decided together, each in a frame of its own with its decision, in the order in which they came.
///
/// One serves many batches, one after another: it keeps its memory.
///
/// ```
/// use zt_runtime::{Batch, Host, Pdp};
///
/// /// The decisions of a list of requests, as JSON.
/// fn answer(pdp: &Pdp, requests: &[Vec<u8>], host: &Host<'_>, batch: &mut Batch) -> Vec<String> {
///     pdp.evaluate_batch_with(requests, host, batch);
///     batch.iter().map(|(frame, decision)| pdp.to_json(decision, frame)).collect()
/// }
/// ```
#[derive(Debug, Default)]
pub struct Batch {
    /// What is behind the first `count` of them is room.
    places: Vec<(Frame, Decision)>,
    count: usize,
}

impl Batch {
    /// How many requests there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Every request with its decision. A request that is not decided yet is denied.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Frame, &Decision)> {
        self.places.iter().take(self.count).map(|(frame, decision)| (frame, decision))
    }

    /// The same, to look up what sources say of a request before it is decided, or to attest how a call ended.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&mut Frame, &mut Decision)> {
        self.places.iter_mut().take(self.count).map(|(frame, decision)| (frame, decision))
    }
}

impl Pdp {
    /// Reads requests into a batch, whatever it held before. Those that are refused are there, too: their decisions say
    /// why.
    pub fn decode_batch<R: AsRef<[u8]>>(&self, requests: impl IntoIterator<Item = R>, batch: &mut Batch) {
        batch.count = 0;
        for request in requests {
            if batch.count == batch.places.len() {
                batch.places.push(<(Frame, Decision)>::default());
            }
            if let Some((frame, decision)) = batch.places.get_mut(batch.count) {
                match self.decode(request.as_ref(), frame) {
                    Ok(()) => decision.clear(),
                    Err(refusal) => decision.refuse(refusal),
                }
            }
            batch.count = batch.count.saturating_add(1);
        }
    }

    /// Decides every request of a batch as [`Pdp::decide_into`] does.
    pub fn decide_batch(&self, batch: &mut Batch) {
        batch.iter_mut().for_each(|(frame, decision)| self.decide_into(frame, decision));
    }

    /// Decides every request of a batch as [`Pdp::decide_with_into`] does, one after the other: windows that an earlier
    /// one was recorded in hold it when a later one is decided. It is not one transaction: between two requests of a
    /// batch others may be decided.
    pub fn decide_batch_with(&self, batch: &mut Batch, host: &Host<'_>) {
        batch.iter_mut().for_each(|(frame, decision)| self.decide_with_into(frame, host, decision));
    }

    /// Reads requests and decides them by nothing else, each as [`Pdp::evaluate_into`] does.
    pub fn evaluate_batch<R: AsRef<[u8]>>(&self, requests: impl IntoIterator<Item = R>, batch: &mut Batch) {
        self.decode_batch(requests, batch);
        self.decide_batch(batch);
    }

    /// Reads requests and decides them with what a host hands over, each as [`Pdp::evaluate_with_into`] does, one after the
    /// other.
    pub fn evaluate_batch_with<R: AsRef<[u8]>>(
        &self,
        requests: impl IntoIterator<Item = R>,
        host: &Host<'_>,
        batch: &mut Batch,
    ) {
        self.decode_batch(requests, batch);
        self.decide_batch_with(batch, host);
    }
}
