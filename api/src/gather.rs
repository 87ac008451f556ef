//! When batches are loaded: as soon as a request can go no further without them. Fields ask for keys and wait; once no
//! field of the request can go on and no batch is under way, every kind of key asked for is loaded in one statement each,
//! all at the same time. So a document takes the same statements each time, whichever of them is answered first.
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered, task::AtomicWaker};
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// How often a request goes on without a pause, before others get their turn.
const MAX_TURNS: usize = 100;

/// The batches that a request waits for.
#[derive(Default)]
pub struct Gathering(Mutex<Vec<BoxFuture<'static, ()>>>);

impl Gathering {
    /// Puts off a batch until the request can go no further.
    pub(crate) fn put_off(&self, batch: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a request, and its batches whenever it waits for nothing but them.
    pub async fn run<T>(&self, request: impl Future<Output = T>) -> T {
        let (mut request, mut running) = (pin!(request), FuturesUnordered::new());
        let progress = Arc::new(Progress {
            is_possible: AtomicBool::new(true),
            task: AtomicWaker::new(),
        });
        let waker = Waker::from(progress.clone());
        poll_fn(|context| {
            progress.task.register(context.waker());
            for _ in 0..MAX_TURNS {
                while let Poll::Ready(Some(())) = running.poll_next_unpin(context) {}
                if progress.is_possible.swap(false, Ordering::AcqRel) {
                    if let Poll::Ready(answer) = request.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return Poll::Ready(answer);
                    }
                    continue;
                }
                let batches = if running.is_empty() { self.take() } else { Vec::new() };
                if batches.is_empty() {
                    return Poll::Pending;
                }
                running.extend(batches);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

/// Whether a field was woken since the request was last run.
struct Progress {
    is_possible: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Progress {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_possible.store(true, Ordering::Release);
        self.task.wake();
    }
}
