//! Output with an end.

use std::io;

/// Collects bytes up to a limit, then fails.
pub(super) struct Output {
    bytes: Vec<u8>,
    limit: usize,
    is_full: bool,
}

impl Output {
    /// `expected` bytes are reserved.
    pub(super) fn new(limit: usize, expected: usize) -> Self {
        Self { bytes: Vec::with_capacity(expected.min(limit)), limit, is_full: false }
    }
    /// Something did not fit.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
    pub(super) fn into_text(self) -> Option<String> {
        String::from_utf8(self.bytes).ok()
    }
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full || bytes.len() > self.limit - self.bytes.len() {
            self.is_full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
