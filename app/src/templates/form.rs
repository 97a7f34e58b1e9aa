//! What the forms of templates share.
