//! What a request may ask for at most. All of it is counted before anything is executed, so that what is refused costs
//! little.
use crate::error::{Excess, Failure};
use async_graphql::{Value, Variables};
use clap::Args;

/// Brackets inside brackets that the parser is given at most: it calls itself for each.
const MAX_BRACKETS: u64 = 64;

/// The most that a request may ask for.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body of a request.
    #[arg(long, env = "FIELDHOUSE_MAX_BODY_BYTES", default_value_t = Self::DEFAULT.max_body_bytes)]
    pub max_body_bytes: u64,
    /// Bytes of the body of an import.
    #[arg(long, env = "FIELDHOUSE_MAX_IMPORT_BYTES", default_value_t = Self::DEFAULT.max_import_bytes)]
    pub max_import_bytes: u64,
    /// Bytes of a GraphQL document.
    #[arg(long, env = "FIELDHOUSE_MAX_DOCUMENT_BYTES", default_value_t = Self::DEFAULT.max_document_bytes)]
    pub max_document_bytes: u64,
    /// Tokens of a document: names, numbers, texts, punctuators.
    #[arg(long, env = "FIELDHOUSE_MAX_TOKENS", default_value_t = Self::DEFAULT.max_tokens)]
    pub max_tokens: u64,
    /// Fields inside fields.
    #[arg(long, env = "FIELDHOUSE_MAX_DEPTH", default_value_t = Self::DEFAULT.max_depth)]
    pub max_depth: u64,
    /// Fields inside fields, for the anonymous.
    #[arg(long, env = "FIELDHOUSE_MAX_ANONYMOUS_DEPTH", default_value_t = Self::DEFAULT.max_anonymous_depth)]
    pub max_anonymous_depth: u64,
    /// Fields and fragments selected, with the fragments expanded.
    #[arg(long, env = "FIELDHOUSE_MAX_SELECTIONS", default_value_t = Self::DEFAULT.max_selections)]
    pub max_selections: u64,
    /// Fields under another name than their own, with the fragments expanded.
    #[arg(long, env = "FIELDHOUSE_MAX_ALIASES", default_value_t = Self::DEFAULT.max_aliases)]
    pub max_aliases: u64,
    /// Fields of the root.
    #[arg(long, env = "FIELDHOUSE_MAX_ROOT_FIELDS", default_value_t = Self::DEFAULT.max_root_fields)]
    pub max_root_fields: u64,
    /// Directives, with the fragments expanded.
    #[arg(long, env = "FIELDHOUSE_MAX_DIRECTIVES", default_value_t = Self::DEFAULT.max_directives)]
    pub max_directives: u64,
    /// Objects that an operation may return.
    #[arg(long, env = "FIELDHOUSE_MAX_COST", default_value_t = Self::DEFAULT.max_cost)]
    pub max_cost: u64,
    /// Lists and objects inside each other in variables.
    #[arg(long, env = "FIELDHOUSE_MAX_VARIABLE_DEPTH", default_value_t = Self::DEFAULT.max_variable_depth)]
    pub max_variable_depth: u64,
    /// Values in variables.
    #[arg(long, env = "FIELDHOUSE_MAX_VARIABLE_NODES", default_value_t = Self::DEFAULT.max_variable_nodes)]
    pub max_variable_nodes: u64,
    /// Seconds that an operation may take.
    #[arg(long, env = "FIELDHOUSE_MAX_SECONDS", default_value_t = Self::DEFAULT.max_seconds)]
    pub max_seconds: u64,
    /// Seconds that the head of a request may take to arrive, and a connection may be idle.
    #[arg(long, env = "FIELDHOUSE_MAX_HEADER_SECONDS", default_value_t = Self::DEFAULT.max_header_seconds)]
    pub max_header_seconds: u64,
    /// Seconds that the body of a request may take to arrive.
    #[arg(long, env = "FIELDHOUSE_MAX_BODY_SECONDS", default_value_t = Self::DEFAULT.max_body_seconds)]
    pub max_body_seconds: u64,
}

impl Limits {
    const DEFAULT: Self = Self {
        max_body_bytes: 128 << 10,
        max_import_bytes: 8 << 20,
        max_document_bytes: 16 << 10,
        max_tokens: 1_000,
        max_depth: 20,
        max_anonymous_depth: 15,
        max_selections: 300,
        max_aliases: 15,
        max_root_fields: 20,
        max_directives: 50,
        max_cost: 5_000,
        max_variable_depth: 20,
        max_variable_nodes: 10_000,
        max_seconds: 10,
        max_header_seconds: 10,
        max_body_seconds: 10,
    };

    /// Whether a document is short enough to be read.
    ///
    /// # Errors
    /// `DOCUMENT_TOO_LARGE`, `TOO_MANY_TOKENS`, `TOO_DEEP`.
    pub(crate) fn check_text(&self, text: &str) -> Result<(), Failure> {
        let bytes = text.len() as u64;
        Excess::check(
            "DOCUMENT_TOO_LARGE",
            "bytes in the document",
            self.max_document_bytes,
            bytes,
        )?;
        let size = measure(text, self.max_tokens);
        Excess::check(
            "TOO_MANY_TOKENS",
            "tokens in the document",
            self.max_tokens,
            size.tokens,
        )?;
        Excess::check("TOO_DEEP", "brackets inside brackets", MAX_BRACKETS, size.brackets)
    }

    /// Whether a body holds few enough values to be read: each takes many times its bytes then.
    ///
    /// # Errors
    /// `VARIABLES_TOO_LARGE`.
    pub(crate) fn check_body(&self, body: &[u8]) -> Result<(), Failure> {
        let most = self.max_variable_nodes;
        // A value and what parts it from the next are two bytes at least.
        if body.len() as u64 / 2 <= most {
            return Ok(());
        }
        let found = values(body, most + BESIDE_VARIABLES);
        if found <= most + BESIDE_VARIABLES {
            return Ok(());
        }
        Excess::check("VARIABLES_TOO_LARGE", "values in the variables", most, found)
    }

    /// Whether variables are few enough to be looked at.
    ///
    /// # Errors
    /// `VARIABLES_TOO_DEEP`, `VARIABLES_TOO_LARGE`; `BAD_USER_INPUT` for a text with the one character that PostgreSQL
    /// does not store.
    pub(crate) fn check_variables(&self, variables: &Variables) -> Result<(), Failure> {
        let mut nodes = 0;
        for value in variables.values() {
            self.check_value(value, 1, &mut nodes)?;
        }
        Ok(())
    }

    fn check_value(&self, value: &Value, depth: u64, nodes: &mut u64) -> Result<(), Failure> {
        *nodes += 1;
        let (most, depth_most) = (self.max_variable_nodes, self.max_variable_depth);
        Excess::check("VARIABLES_TOO_LARGE", "values in the variables", most, *nodes)?;
        let nested = || {
            Excess::check(
                "VARIABLES_TOO_DEEP",
                "lists and objects inside each other",
                depth_most,
                depth,
            )
        };
        match value {
            Value::String(text) if text.contains('\0') => Err(Failure::BadInput(NUL.into())),
            Value::List(items) => {
                nested()?;
                items
                    .iter()
                    .try_for_each(|item| self.check_value(item, depth + 1, nodes))
            }
            Value::Object(fields) => {
                nested()?;
                fields
                    .values()
                    .try_for_each(|field| self.check_value(field, depth + 1, nodes))
            }
            _ => Ok(()),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a text is refused that holds U+0000.
pub(crate) const NUL: &str = "Texts hold any character but U+0000.";

/// Values that a request holds beside its variables, with room for what clients add.
const BESIDE_VARIABLES: u64 = 100;

/// Counts the values in JSON, up to one more than `most`.
pub(super) fn values(json: &[u8], most: u64) -> u64 {
    let (mut found, mut is_text, mut is_escaped, mut is_opened) = (1, false, false, false);
    for byte in json {
        if is_text {
            (is_text, is_escaped) = (is_escaped || *byte != b'"', !is_escaped && *byte == b'\\');
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b']' | b'}' => {}
            // The first in a list or object.
            _ if is_opened => found += 1,
            _ => {}
        }
        is_opened = matches!(byte, b'[' | b'{');
        is_text = *byte == b'"';
        found += u64::from(*byte == b',');
        if found > most {
            break;
        }
    }
    found
}

/// How much there is to read in a document.
#[derive(Debug, Default, PartialEq, Eq)]
struct Size {
    tokens: u64,
    brackets: u64,
}

/// Counts tokens, up to one more than `most`, and how deep brackets are nested.
fn measure(text: &str, most: u64) -> Size {
    let bytes = text.as_bytes();
    let (mut size, mut open, mut at) = (Size::default(), 0_u64, 0);
    let run =
        |from: usize, is_part: fn(u8) -> bool| from + bytes[from..].iter().take_while(|byte| is_part(**byte)).count();
    while at < bytes.len() && size.tokens <= most {
        let is_token = match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => {
                at += 1;
                false
            }
            b'#' => {
                at = run(at, |byte| byte != b'\n' && byte != b'\r');
                false
            }
            b'"' => {
                at = end_of_text(bytes, at);
                true
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                at = run(at, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                true
            }
            b'-' | b'0'..=b'9' => {
                at = run(at + 1, |byte| {
                    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
                });
                true
            }
            b'.' => {
                at = run(at, |byte| byte == b'.');
                true
            }
            bracket => {
                match bracket {
                    b'{' | b'[' | b'(' => {
                        open += 1;
                        size.brackets = size.brackets.max(open);
                    }
                    b'}' | b']' | b')' => open = open.saturating_sub(1),
                    _ => {}
                }
                at += 1;
                true
            }
        };
        size.tokens += u64::from(is_token);
    }
    size
}

/// Where the text that begins at a quotation mark ends. One without an end is not skipped but for its mark: the parser may
/// see something else in it, such as an empty text and another behind it.
fn end_of_text(bytes: &[u8], from: usize) -> usize {
    closed(bytes, from, true)
        .or_else(|| closed(bytes, from, false))
        .unwrap_or(from + 1)
}

/// Where a text of one of the two kinds ends.
fn closed(bytes: &[u8], from: usize, is_block: bool) -> Option<usize> {
    let mark: &[u8] = if is_block { b"\"\"\"" } else { b"\"" };
    if !bytes[from..].starts_with(mark) {
        return None;
    }
    let mut at = from + mark.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(mark) {
            return Some(at + mark.len());
        }
        let escaped = match is_block {
            true => usize::from(rest.starts_with(b"\\\"\"\"")) * 4,
            false if matches!(rest[0], b'\n' | b'\r') => return None,
            false => usize::from(rest[0] == b'\\') * 2,
        };
        at += escaped.max(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Size, measure};

    #[test]
    fn values_are_counted_without_being_read() {
        let count = |text: &str| super::values(text.as_bytes(), 100);
        assert_eq!(count("1"), 1);
        assert_eq!(count("[]"), 1);
        assert_eq!(count(r#" { "a" : [ ] , "b" : { } } "#), 3);
        assert_eq!(count("[[[1]]]"), 4);
        assert_eq!(count(r#"{"a":"[1,2,\"3,\\","b":[null,true,"x,y"]}"#), 6);
        assert_eq!(
            count(&format!("[{}1]", "[],".repeat(1_000))),
            101,
            "no more than need be"
        );
    }

    #[test]
    fn tokens_are_counted_as_the_specification_has_them() {
        let counted = |text| measure(text, 1_000);
        let size = |tokens, brackets| Size { tokens, brackets };
        assert_eq!(counted("{ a(b: \"x { y\", c: [-1.5e+3, 2]) ...F } # {{{"), size(16, 3));
        assert_eq!(counted(r#"{ a(t: """ "quoted" \""" { """) }"#), size(8, 2));
        assert_eq!(counted(r#"{ a(t: "\"{") }"#), size(8, 2));
        assert_eq!(counted("query($a: [Int!]! = [1] @d) { __typename }"), size(20, 2));
        assert_eq!(measure("a a a a a a", 3), size(4, 0));
        assert_eq!(counted("\"open"), size(2, 0));
        // Without its end it is an empty text, and another.
        assert_eq!(counted("[\"\"\"x\" [[[]]]]"), size(10, 4));
    }
}
