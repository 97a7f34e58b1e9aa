//! Permissions of the routes.
