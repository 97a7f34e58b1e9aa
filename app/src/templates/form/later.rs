//! Work that waits until nothing has asked for it again for a while.

use std::time::Duration;

use leptos::prelude::*;

/// A timer that ends with the part of the page that it is made in.
#[derive(Clone, Copy)]
pub struct Later(StoredValue<Option<TimeoutHandle>>);

impl Later {
    pub fn here() -> Self {
        let timer = Self(StoredValue::new(None));
        on_cleanup(move || timer.stop());
        timer
    }

    pub fn stop(self) {
        if let Some(handle) = self.0.try_get_value().flatten() {
            handle.clear();
        }
    }

    /// Runs the work after a while, in place of what waits.
    pub fn run(self, after: Duration, work: impl FnOnce() + 'static) {
        self.stop();
        self.0.try_set_value(set_timeout_with_handle(work, after).ok());
    }
}
