//! Prometheus rule files, evaluated inside the process.
