//! A CSV text as lines of named cells, and every mistake in it by line and column, never by what a cell says.
use crate::{
    error::Refusal,
    payload::{UserError, UserErrorCode},
    scalar,
};
use chrono::{Datelike, NaiveDate, NaiveTime};
use sea_orm::ActiveEnum;
use std::collections::HashMap;

const MAX_ROWS: usize = 20_000;
const MAX_MISTAKES: usize = 100;

/// A file's rows.
pub struct Table {
    header: Vec<String>,
    columns: HashMap<String, usize>,
    rows: Vec<(u64, csv::StringRecord)>,
    mistakes: Vec<UserError>,
    mistake_count: usize,
}

/// A mistake that is none of a cell's.
pub fn wrong(message: impl Into<String>) -> UserError {
    UserError::new(UserErrorCode::Invalid, message).at("content")
}

impl Table {
    /// Reads a text.
    ///
    /// # Errors
    /// A text that is no CSV, too long, or without rows or header.
    pub fn read(content: &str) -> Result<Self, Refusal> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(content.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers().map_err(|_| wrong("The text is no CSV."))?.clone();
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let mut columns = HashMap::new();
        for (index, name) in header.iter().enumerate() {
            if columns.insert(folded(name), index).is_some() {
                return Err(wrong(format!("Line 1: the column {name} is there twice.")).into());
            }
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                wrong(format!("Line {line}: the text is no CSV."))
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record));
            if rows.len() > MAX_ROWS {
                let message = format!("Import at most {MAX_ROWS} rows at once.");
                return Err(UserError::new(UserErrorCode::TooLong, message).at("content").into());
            }
        }
        if rows.is_empty() {
            return Err(UserError::new(UserErrorCode::Blank, "There are no rows.")
                .at("content")
                .into());
        }
        Ok(Self {
            header,
            columns,
            rows,
            mistakes: Vec::new(),
            mistake_count: 0,
        })
    }

    /// Whether there is a column, whatever its case.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(&folded(column))
    }

    /// Names of the columns, as the file writes them.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Notes a mistake.
    pub fn note(&mut self, error: UserError) {
        self.mistake_count += 1;
        if self.mistakes.len() < MAX_MISTAKES {
            self.mistakes.push(error);
        }
    }

    /// What `read` makes of each row; nothing of a row with a mistake.
    pub fn each<T>(&mut self, mut read: impl FnMut(&mut Cells<'_>) -> Option<T>) -> Vec<T> {
        let mut items = Vec::new();
        let mut noted = Vec::new();
        for (index, (line, record)) in self.rows.iter().enumerate() {
            let mut cells = Cells {
                table: self,
                line: *line,
                index,
                record,
                mistakes: Vec::new(),
            };
            if record.len() > self.header.len() {
                cells.refuse("", "there are more cells than columns");
            }
            let item = read(&mut cells);
            match (item, cells.mistakes) {
                (Some(item), mistakes) if mistakes.is_empty() => items.push(item),
                (_, mistakes) => noted.extend(mistakes),
            }
        }
        noted.into_iter().for_each(|error| self.note(error));
        items
    }

    /// `log`, if there was no mistake.
    ///
    /// # Errors
    /// All mistakes, the first hundred by name.
    pub fn finish<T>(self, log: T) -> Result<T, Refusal> {
        let Self {
            mut mistakes,
            mistake_count,
            ..
        } = self;
        if mistakes.is_empty() {
            return Ok(log);
        }
        if mistake_count > mistakes.len() {
            mistakes.push(wrong(format!(
                "There are {} more mistakes.",
                mistake_count - mistakes.len()
            )));
        }
        Err(Refusal::Errors(mistakes))
    }
}

/// The cells of one row.
pub struct Cells<'a> {
    table: &'a Table,
    /// Line of the file, from 1.
    pub line: u64,
    index: usize,
    record: &'a csv::StringRecord,
    mistakes: Vec<UserError>,
}

impl Cells<'_> {
    /// Notes that a cell is wrong.
    pub fn refuse(&mut self, column: &str, what: &str) {
        let place = match self.table.columns.get(&folded(column)) {
            Some(index) => format!("Line {}, column {}", self.line, self.table.header[*index]),
            None => format!("Line {}", self.line),
        };
        self.mistakes.push(wrong(format!("{place}: {what}.")).item(self.index));
    }

    /// What a cell says; none where it is empty. An apostrophe that keeps a spreadsheet from computing is taken away.
    pub fn text(&self, column: &str) -> Option<String> {
        let cell = self.record.get(*self.table.columns.get(&folded(column))?)?.trim();
        let cell = match cell.strip_prefix('\'') {
            Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
            _ => cell,
        };
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    /// A text of at most `longest` characters.
    pub fn short(&mut self, column: &str, longest: usize) -> Option<String> {
        let text = self.text(column)?;
        if text.chars().count() > longest {
            self.refuse(column, &format!("at most {longest} characters"));
            return None;
        }
        Some(text)
    }

    /// A text that must be there.
    pub fn required(&mut self, column: &str) -> Option<String> {
        let text = self.short(column, 200);
        if self.text(column).is_none() {
            self.refuse(column, "is empty");
        }
        text
    }

    /// A number from `least` to `most`.
    pub fn decimal(&mut self, column: &str, least: f64, most: f64) -> Option<f64> {
        let number = self.text(column)?.parse::<f64>().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(column, &format!("is no number from {least} to {most}"));
        }
        number
    }

    /// A whole number from `least` to `most`; decimals are rounded.
    pub fn whole(&mut self, column: &str, least: i32, most: i32) -> Option<i32> {
        let number = self.decimal(column, least.into(), most.into())?;
        Some(number.round() as i32)
    }

    /// A day that must be there, `YYYY-MM-DD`.
    pub fn date(&mut self, column: &str) -> Option<NaiveDate> {
        let text = self.required(column)?;
        let date = scalar::read_day(&text);
        let date = date.filter(|date| (1900..=2200).contains(&date.year()));
        if date.is_none() {
            self.refuse(column, "is no day such as 2026-03-02");
        }
        date
    }

    /// A time of day, `HH:MM` or `HH:MM:SS`.
    pub fn time(&mut self, column: &str) -> Option<NaiveTime> {
        let time = scalar::read_time(&self.text(column)?);
        if time.is_none() {
            self.refuse(column, "is no time such as 16:30");
        }
        time
    }

    /// A word of an enumeration, whatever its case.
    pub fn word<E: ActiveEnum<Value = String>>(&mut self, column: &str) -> Option<E> {
        let word = self.text(column)?.to_uppercase().replace([' ', '-'], "_");
        let value = E::try_from_value(&word).ok();
        if value.is_none() {
            self.refuse(column, &format!("is none of {}", E::values().join(", ")));
        }
        value
    }
}

/// A column's name, whatever its case and blanks.
fn folded(name: &str) -> String {
    crate::sql::folded(name).replace(' ', "_")
}
