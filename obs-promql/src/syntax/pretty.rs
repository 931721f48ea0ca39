//! An expression over several lines: Prometheus' `Prettify`.

use std::fmt::Write as _;

use super::ast::{Kind, NodeId, Query};
use super::print::{By, Operator, Printed, write_suffix};

/// Parts up to this many bytes stay on one line.
const WIDTH: usize = 100;

/// What is left to write, on a stack of its own as in [`print`](super::print).
enum Piece {
    Node {
        id: NodeId,
        level: usize,
        indented: bool,
    },
    /// A line break, and what stands on the next line.
    Line {
        level: usize,
        text: &'static str,
    },
    Sign(&'static str),
    Operator(NodeId, usize),
    Suffix(NodeId),
}

impl Query {
    /// The expression over several lines where it is long, as Prometheus' `format_query` has it.
    ///
    /// ```
    /// let text = "sum by (route) (rate(http_requests_total{code=~\"5..\"}[5m])) \
    ///             / sum by (route) (rate(http_requests_total[5m]))";
    /// let pretty = "  sum by (route) (rate(http_requests_total{code=~\"5..\"}[5m]))\n\
    ///               /\n  sum by (route) (rate(http_requests_total[5m]))";
    /// assert_eq!(obs_promql::parse(text)?.pretty(), pretty);
    /// # Ok::<_, obs_promql::ParseError>(())
    /// ```
    #[must_use]
    pub fn pretty(&self) -> String {
        let printed = Printed::of(self);
        let mut text = String::new();
        let mut stack = vec![Piece::Node { id: self.root(), level: 0, indented: false }];
        while let Some(piece) = stack.pop() {
            // Writing to a `String` does not fail.
            let _ = match piece {
                Piece::Sign(sign) => text.write_str(sign),
                Piece::Line { level, text: sign } => {
                    text.push('\n');
                    indent(&mut text, level);
                    text.write_str(sign)
                }
                Piece::Operator(id, level) => {
                    text.push('\n');
                    indent(&mut text, level);
                    writeln!(text, "{}", Operator(&self[id]))
                }
                Piece::Suffix(id) => write_suffix(&mut text, self, id),
                Piece::Node { id, level, indented } => {
                    self.lay_out(&printed, &mut text, &mut stack, (id, level, indented));
                    Ok(())
                }
            };
        }
        text
    }

    /// Writes what a node begins with; `indented` where the line has its indentation already.
    fn lay_out(
        &self,
        printed: &Printed,
        text: &mut String,
        stack: &mut Vec<Piece>,
        (id, level, indented): (NodeId, usize, bool),
    ) {
        let indent = |text: &mut String| {
            if !indented {
                indent(text, level);
            }
        };
        let inner = |id| Piece::Node { id, level: level + 1, indented: false };
        let fits = printed.part(id).len() <= WIDTH;
        match &self[id].kind {
            Kind::Unary { minus, expr } => {
                indent(text);
                text.push(if *minus { '-' } else { '+' });
                stack.push(Piece::Node { id: *expr, level, indented: true });
            }
            // One that fits is written without indentation.
            Kind::Subquery { .. } if fits => text.push_str(printed.part(id)),
            Kind::Subquery { expr, .. } => {
                stack.push(Piece::Suffix(id));
                stack.push(Piece::Node { id: *expr, level, indented });
            }
            Kind::Binary { left, right, .. } if !fits => {
                stack.push(inner(*right));
                stack.push(Piece::Operator(id, level));
                stack.push(Piece::Node { id: *left, level: level + 1, indented });
            }
            Kind::Aggregate { op, expr, param, grouping } if !fits => {
                indent(text);
                let _ = writeln!(text, "{}{}(", op.as_str(), By(grouping));
                stack.push(Piece::Line { level, text: ")" });
                stack.push(inner(*expr));
                if let Some(param) = param {
                    stack.push(Piece::Sign(",\n"));
                    stack.push(inner(*param));
                }
            }
            Kind::Call { function, args } if !fits => {
                indent(text);
                let _ = writeln!(text, "{}(", function.name);
                stack.push(Piece::Line { level, text: ")" });
                for (number, arg) in args.iter().enumerate().rev() {
                    stack.push(inner(*arg));
                    if number > 0 {
                        stack.push(Piece::Sign(",\n"));
                    }
                }
            }
            Kind::Paren(within) if !fits => {
                indent(text);
                text.push_str("(\n");
                stack.push(Piece::Line { level, text: ")" });
                stack.push(inner(*within));
            }
            _ => {
                indent(text);
                text.push_str(printed.part(id));
            }
        }
    }
}

fn indent(text: &mut String, level: usize) {
    for _ in 0..level {
        text.push_str("  ");
    }
}
