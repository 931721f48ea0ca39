//! Values as Go's package `fmt` writes them.

mod directive;
mod float;
mod integer;
mod printer;

use super::budget::Budget;
use super::value::Value;
pub(super) use directive::sprintf;
pub(super) use float::general;
use printer::Printer;

/// A value that is the result of an action.
pub(super) fn printed(value: &Value, budget: &Budget) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    printer.printable(value)?;
    Ok(printer.out)
}

/// The value as `%v` writes it.
pub(super) fn shown(value: &Value, budget: &Budget) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    printer.arg(value, 'v')?;
    Ok(printer.out)
}

/// Values one after the other, with spaces between those that are no texts.
pub(super) fn sprint(values: &[Value], budget: &Budget) -> Result<String, String> {
    joined(values, budget, |printer, value| printer.arg(value, 'v'))
}

/// The same of each value as an action would write it.
pub(super) fn sprint_printable(values: &[Value], budget: &Budget) -> Result<String, String> {
    joined(values, budget, Printer::printable)
}

fn joined<'b>(
    values: &[Value],
    budget: &'b Budget,
    mut write: impl FnMut(&mut Printer<'b>, &Value) -> Result<(), String>,
) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    let mut after_text = true;
    for value in values {
        let text = matches!(value, Value::String(_) | Value::Html(_));
        if !text && !after_text {
            printer.write(" ")?;
        }
        write(&mut printer, value)?;
        after_text = text;
    }
    Ok(printer.out)
}

/// Values with spaces between them, and the end of a line.
pub(super) fn sprintln(values: &[Value], budget: &Budget) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            printer.write(" ")?;
        }
        printer.arg(value, 'v')?;
    }
    printer.write("\n")?;
    Ok(printer.out)
}
