//! Tables for a terminal: columns as wide as their widest cell, numbers to the right.

/// The widest a text may be before it is clipped, but in the last column: a table must fit a wide terminal.
const WIDEST: usize = 72;

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// A table being filled.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with its heading.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty, texts that are too wide are clipped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let last = self.columns.len().saturating_sub(1);
        let fitted = |(position, cell): (usize, String)| if position < last { clipped(cell) } else { cell };
        self.rows.push(cells.into_iter().enumerate().map(fitted).collect());
    }

    /// Whether there is nothing below the heading.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text, a line per row, without spaces at the end of lines.
    pub fn text(&self) -> String {
        let width = |column: usize, heading: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([heading.chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<_> = self.columns.iter().enumerate().map(|(position, (heading, _))| width(position, heading)).collect();
        let line = |cells: &[String]| {
            let padded = self.columns.iter().zip(&widths).enumerate().map(|(position, ((_, align), width))| {
                let cell = cells.get(position).map_or("", String::as_str);
                match align {
                    Align::Left => format!("{cell:<width$}"),
                    Align::Right => format!("{cell:>width$}"),
                }
            });
            let line = padded.collect::<Vec<_>>().join("  ");
            format!("{}\n", line.trim_end())
        };
        let heading: Vec<String> = self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        [heading, rule].iter().chain(&self.rows).map(|cells| line(cells)).collect()
    }
}

fn clipped(cell: String) -> String {
    if cell.chars().count() <= WIDEST {
        return cell;
    }
    let kept: String = cell.chars().take(WIDEST - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_texts_are_clipped_but_in_the_last_column() {
        let mut table = Table::new(&[("a", Align::Left), ("b", Align::Left)]);
        table.row(["è".repeat(WIDEST), "x".repeat(WIDEST + 1)]);
        table.row(["è".repeat(WIDEST + 1), String::new()]);
        let text = table.text();
        assert!(text.contains(&format!("{}  {}", "è".repeat(WIDEST), "x".repeat(WIDEST + 1))), "{text}");
        assert!(text.contains(&format!("{}…\n", "è".repeat(WIDEST - 1))), "{text}");
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&[("nome", Align::Left), ("valore", Align::Right), ("nota", Align::Left)]);
        table.row(["qualità".into(), "1,01".into(), String::new()]);
        table.row(["a".into(), "12.345,67".into(), "x".into()]);
        assert_eq!(table.text(), "nome        valore  nota\n───────  ─────────  ────\nqualità       1,01\na        12.345,67  x\n");
    }
}
