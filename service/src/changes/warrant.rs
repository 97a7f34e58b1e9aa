//! Why a label may move.

/// That a label may move: nothing protects it, or a change request was decided. [`crate::labels`] moves nothing without one,
/// whatever surface asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warrant {
    change: Option<i64>,
}

impl Warrant {
    /// For [`crate::policies`], which has looked.
    pub(crate) fn unprotected() -> Self {
        Self { change: None }
    }
    /// For a label that serves nothing and is taken away.
    pub(crate) fn serves_nothing() -> Self {
        Self { change: None }
    }
    /// By a change request that the state machine let through.
    pub(super) fn decided(number: i64) -> Self {
        Self { change: Some(number) }
    }
    /// The change request's number.
    pub(crate) fn change(self) -> Option<i64> {
        self.change
    }
}
