//! Groups of rules on a virtual clock: what becomes of each alert and series, to the millisecond.

mod alerts;
mod failures;
mod reload;
mod restore;
mod sending;
mod series;
mod support;
