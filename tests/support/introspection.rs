//! The schema as it tells itself, for tests that are written once over all of it.
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::OnceLock};

const QUESTION: &str = "{ __schema { types { kind name description isOneOf
    fields(includeDeprecated: true) { name description args { ...value } type { ...type } }
    inputFields { ...value } enumValues(includeDeprecated: true) { name description } possibleTypes { name } } } }
    fragment value on __InputValue { name description defaultValue type { ...type } }
    fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The schema, by the names of its types.
pub struct Introspection {
    pub types: BTreeMap<String, Type>,
}

/// A type of the schema.
pub struct Type {
    pub kind: String,
    pub name: String,
    pub description: String,
    pub is_one_of: bool,
    pub fields: Vec<Field>,
    pub input_fields: Vec<Argument>,
    pub values: Vec<(String, String)>,
    pub possible_types: Vec<String>,
}

/// A field of an object or interface.
pub struct Field {
    pub name: String,
    pub description: String,
    pub arguments: Vec<Argument>,
    pub of: TypeRef,
}

/// An argument, or a field of an input.
pub struct Argument {
    pub name: String,
    pub description: String,
    pub of: TypeRef,
    pub has_default: bool,
}

impl Argument {
    /// Whether a client must give it.
    pub fn is_required(&self) -> bool {
        self.of.is_required && !self.has_default
    }
}

/// What a field or an argument is of.
#[derive(Clone)]
pub struct TypeRef {
    pub name: String,
    pub is_list: bool,
    pub is_required: bool,
}

impl TypeRef {
    fn read(value: &Value) -> Self {
        let mut is_list = false;
        let mut place = value;
        while place["name"].is_null() {
            is_list |= place["kind"] == "LIST";
            place = &place["ofType"];
        }
        Self {
            name: text(&place["name"]),
            is_list,
            is_required: value["kind"] == "NON_NULL",
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn argument(value: &Value) -> Argument {
    Argument {
        name: text(&value["name"]),
        description: text(&value["description"]),
        of: TypeRef::read(&value["type"]),
        has_default: !value["defaultValue"].is_null(),
    }
}

impl Introspection {
    /// The schema of the server.
    pub fn get() -> &'static Self {
        static SCHEMA: OnceLock<Introspection> = OnceLock::new();
        SCHEMA.get_or_init(|| {
            // A thread of its own: whoever asks may be inside another runtime.
            let asked = std::thread::spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .expect("a runtime starts");
                let response = runtime.block_on(fieldhouse::root::schema().execute(QUESTION));
                assert!(response.errors.is_empty(), "{:?}", response.errors);
                response.data.into_json().expect("JSON")
            });
            Self::read(&asked.join().expect("the schema tells itself"))
        })
    }

    fn read(data: &Value) -> Self {
        let types = items(&data["__schema"]["types"]).map(|value| Type {
            kind: text(&value["kind"]),
            name: text(&value["name"]),
            description: text(&value["description"]),
            is_one_of: value["isOneOf"] == json!(true),
            fields: items(&value["fields"])
                .map(|field| Field {
                    name: text(&field["name"]),
                    description: text(&field["description"]),
                    arguments: items(&field["args"]).map(argument).collect(),
                    of: TypeRef::read(&field["type"]),
                })
                .collect(),
            input_fields: items(&value["inputFields"]).map(argument).collect(),
            values: items(&value["enumValues"])
                .map(|value| (text(&value["name"]), text(&value["description"])))
                .collect(),
            possible_types: items(&value["possibleTypes"]).map(|of| text(&of["name"])).collect(),
        });
        Self {
            types: types
                .filter(|of| !of.name.starts_with("__"))
                .map(|of| (of.name.clone(), of))
                .collect(),
        }
    }

    /// A type by its name.
    #[track_caller]
    pub fn of(&self, name: &str) -> &Type {
        self.types.get(name).unwrap_or_else(|| panic!("no type {name}"))
    }

    /// Objects that `node` can answer.
    pub fn nodes(&self) -> impl Iterator<Item = &Type> {
        self.of("Node").possible_types.iter().map(|name| self.of(name))
    }

    /// Whether a type is written without a selection.
    pub fn is_leaf(&self, name: &str) -> bool {
        matches!(self.of(name).kind.as_str(), "SCALAR" | "ENUM")
    }

    /// All fields of a type that can be asked without arguments or with `arguments`, objects to a depth.
    pub fn selection(&self, name: &str, depth: usize) -> String {
        let of = self.of(name);
        if matches!(of.kind.as_str(), "INTERFACE" | "UNION") || of.fields.is_empty() {
            return "__typename".to_owned();
        }
        let mut text = String::from("__typename");
        for field in &of.fields {
            let Some(arguments) = arguments(field) else { continue };
            if self.is_leaf(&field.of.name) {
                text.push_str(&format!(" {}{arguments}", field.name));
            } else if depth > 0 {
                // Objects of one field's name and another type would not merge with those of another fragment.
                let inner = self.selection(&field.of.name, depth - 1);
                text.push_str(&format!(" {}{arguments} {{ {inner} }}", field.name));
            }
        }
        text
    }
}

/// Arguments that make a field answer in any world; none when one is required that nobody wrote down here.
pub fn arguments(field: &Field) -> Option<String> {
    let mut given = Vec::new();
    for argument in &field.arguments {
        if argument.name == "first" {
            given.push("first: 2".to_owned());
        } else if argument.is_required() {
            given.push(format!("{}: {}", argument.name, literal(argument)?));
        }
    }
    Some(if given.is_empty() {
        String::new()
    } else {
        format!("({})", given.join(", "))
    })
}

fn literal(argument: &Argument) -> Option<&'static str> {
    if let Some((value, _)) = Introspection::get().of(&argument.of.name).values.first() {
        return Some(value);
    }
    Some(match (argument.of.name.as_str(), argument.of.is_list) {
        ("DateRange", _) => "{ from: \"2026-01-01\", to: \"2026-12-31\" }",
        ("DateTimeRange", _) => "{ from: \"2026-01-01T00:00:00Z\", before: \"2027-01-01T00:00:00Z\" }",
        ("Date", _) => "\"2026-03-02\"",
        ("DateTime", _) => "\"2026-03-02T12:00:00Z\"",
        ("Int", false) => "1",
        ("Float", false) => "1.0",
        ("Boolean", false) => "false",
        ("String", false) => "\"a\"",
        _ => return None,
    })
}
