//! Imports and exports take turns: their files take much memory, and reading them would hold up all else that runs here.

use std::sync::Arc;

use domain::error::Kind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ctx::Ctx;
use crate::error::{Error, Result};

/// How many go on at once.
const AT_ONCE: usize = 2;
/// How many more may wait, each with its archive in memory.
const WAITING: usize = 16;

/// The turns of this node.
pub struct Turns {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE + WAITING)), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// The right to work with files, until it is dropped.
#[derive(Clone)]
pub(super) struct Turn {
    _permits: Arc<[OwnedSemaphorePermit; 2]>,
}

/// Waits for a turn; refuses when too many wait already.
pub(super) async fn turn(ctx: &Ctx) -> Result<Turn> {
    let Turns { places, turns } = &ctx.services.turns;
    let place = places.clone().try_acquire_owned().map_err(|_| {
        let text = "too many imports and exports are under way: try again in a while";
        domain::Error::new(Kind::Unavailable, "files_busy", text).retry_after(5)
    })?;
    let turn = turns.clone().acquire_owned().await.map_err(|error| Error::internal(error.to_string()))?;
    Ok(Turn { _permits: Arc::new([place, turn]) })
}

impl Turn {
    /// Does what takes long on a thread of its own. The turn lasts until that is done, also when nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.clone();
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        working.await.map_err(|error| Error::internal(error.to_string()))
    }
}
