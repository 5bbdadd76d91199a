//! Attributes that turn hand-written traits into durable services.
