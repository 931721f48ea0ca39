//! W3C trace context: parsed, made, and carried by the thread that works on a request.
//!
//! A [`TraceContext`] names the request being worked on. `obs-axum` takes it from the `traceparent`
//! header, or makes one, and keeps it current while it polls the request's future: the panic hook,
//! exemplars and clients of other services read it with [`current`]. A task that the request spawns
//! has a context of its own, so it is handed over:
//!
//! ```
//! use obs_core::trace::{self, TraceContext};
//!
//! let request = TraceContext::new_root();
//! let _entered = trace::enter(request);
//! assert_eq!(trace::current(), Some(request));
//!
//! // What `tokio::spawn` would get:
//! let task = trace::with(request.child(), async { trace::current().unwrap().trace_id });
//! # let task = async move { assert_eq!(task.await, request.trace_id) };
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(task);
//! ```
//!
//! Nothing is exported to a tracing backend, and `tracestate` is not carried: a service between two
//! that use it breaks the vendors' part of the chain, never the trace itself.

mod carry;
mod context;
mod id;

pub use carry::{Entered, Traced, current, enter, replace, with};
pub use context::{ParseError, TraceContext};
pub use id::{SpanId, TraceId};
