//! Checks JSON against the JSON Schema of a contract, before it is sent.
//!
//! The keywords are those that contracts of this toolkit and the SDKs have. Others are not looked at: the
//! engine and the handler check the request again.

use serde_json::{Map, Value};

/// References in references beyond this are not followed: a schema may refer to itself.
const MAX_DEPTH: usize = 200;

/// Finds the first place where a value does not fit a schema.
///
/// # Errors
///
/// What is expected there, and where it is, such as ``expected a string at `items[2].name` ``.
pub(crate) fn check(value: &Value, schema: &Value) -> Result<(), String> {
    let place = Place { root: schema, path: String::new(), depth: 0 };
    place.check(value, schema)
}

struct Place<'a> {
    root: &'a Value,
    path: String,
    depth: usize,
}

impl<'a> Place<'a> {
    fn check(&self, value: &Value, schema: &'a Value) -> Result<(), String> {
        let schema = match schema {
            Value::Bool(false) => return self.wrong("nothing"),
            Value::Object(schema) => schema,
            _ => return Ok(()),
        };
        if self.depth > MAX_DEPTH {
            return Ok(());
        }
        if let Some(schema) = schema.get("$ref").and_then(|to| self.referred(to.as_str()?)) {
            self.deeper("").check(value, schema)?;
        }
        self.check_type(value, schema)?;
        self.check_choices(value, schema)?;
        match value {
            Value::Object(fields) => self.check_fields(fields, schema),
            Value::Array(items) => self.check_items(items, schema),
            _ => Ok(()),
        }
    }

    fn referred(&self, to: &str) -> Option<&'a Value> {
        self.root.pointer(to.strip_prefix('#')?)
    }

    fn check_type(&self, value: &Value, schema: &Map<String, Value>) -> Result<(), String> {
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(some)) => some.iter().filter_map(Value::as_str).collect(),
            _ => return Ok(()),
        };
        match types.iter().any(|name| is_of_type(value, name)) {
            true => Ok(()),
            false => self.wrong(&format!("a value of type {}", types.join(" or "))),
        }
    }

    fn check_choices(&self, value: &Value, schema: &'a Map<String, Value>) -> Result<(), String> {
        let list = |name: &str| schema.get(name).and_then(Value::as_array);
        if let Some(choices) = list("enum")
            && !choices.contains(value)
        {
            let choices: Vec<_> = choices.iter().map(Value::to_string).collect();
            return self.wrong(&format!("one of {}", choices.join(", ")));
        }
        if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
            return self.wrong(&constant.to_string());
        }
        for part in list("allOf").into_iter().flatten() {
            self.deeper("").check(value, part)?;
        }
        for alternatives in ["anyOf", "oneOf"].into_iter().filter_map(list) {
            let mut checks = alternatives.iter().map(|part| self.deeper("").check(value, part));
            let first = checks.next().unwrap_or(Ok(()));
            if first.is_err() && !checks.any(|check| check.is_ok()) {
                // One alternative explains itself better than all together.
                return match alternatives.len() {
                    1 => first,
                    _ => self.wrong("a value of one of several forms"),
                };
            }
        }
        Ok(())
    }

    fn check_fields(
        &self,
        fields: &Map<String, Value>,
        schema: &'a Map<String, Value>,
    ) -> Result<(), String> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                return self.deeper(&format!(".{name}")).wrong("a field");
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        // Names by pattern are not looked at.
        let is_open = schema.contains_key("patternProperties");
        for (name, value) in fields {
            let field = self.deeper(&format!(".{name}"));
            match (known.and_then(|known| known.get(name)), others) {
                (Some(schema), _) => field.check(value, schema)?,
                (None, Some(Value::Bool(false))) if !is_open => {
                    return field.wrong("no such field");
                }
                (None, Some(schema)) if !is_open => field.check(value, schema)?,
                (None, _) => {}
            }
        }
        Ok(())
    }

    fn check_items(&self, items: &[Value], schema: &'a Map<String, Value>) -> Result<(), String> {
        let Some(schema) = schema.get("items") else { return Ok(()) };
        items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| self.deeper(&format!("[{index}]")).check(item, schema))
    }

    fn deeper(&self, step: &str) -> Self {
        let path = format!("{}{step}", self.path);
        Self { root: self.root, path, depth: self.depth + 1 }
    }

    fn wrong(&self, expected: &str) -> Result<(), String> {
        match self.path.trim_start_matches('.') {
            "" => Err(format!("expected {expected}")),
            path => Err(format!("expected {expected} at `{path}`")),
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        // 1.0 is an integer in JSON Schema.
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|it| it.fract() == 0.0)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "$ref": "#/$defs/Order",
            "$defs": {
                "Order": {
                    "type": "object",
                    "required": ["id"],
                    "additionalProperties": false,
                    "properties": {
                        "id": { "type": ["string", "integer"] },
                        "size": { "enum": ["SMALL", "LARGE"] },
                        "parts": { "type": "array", "items": { "$ref": "#/$defs/Order" } },
                        "prices": { "type": "object", "additionalProperties": { "type": "number" } },
                        "by": { "oneOf": [{ "type": "null" }, { "type": "string" }] },
                    },
                },
            },
        })
    }

    #[test]
    fn what_fits_is_accepted() {
        for value in [
            json!({ "id": 7 }),
            json!({ "id": "7", "size": "LARGE", "by": null, "prices": { "a": 1.5 } }),
            json!({ "id": 7.0, "parts": [{ "id": 8, "parts": [] }] }),
        ] {
            assert_eq!(check(&value, &schema()), Ok(()), "{value}");
        }
        assert_eq!(check(&json!([1]), &json!({})), Ok(()));
        assert_eq!(check(&json!("x"), &json!({ "$ref": "https://elsewhere" })), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (value, expected) in [
            (json!("x"), "expected a value of type object"),
            (json!({}), "expected a field at `id`"),
            (json!({ "id": true }), "expected a value of type string or integer at `id`"),
            (json!({ "id": 1, "color": 1 }), "expected no such field at `color`"),
            (json!({ "id": 1, "size": "L" }), r#"expected one of "SMALL", "LARGE" at `size`"#),
            (
                json!({ "id": 1, "parts": [{ "id": 1 }, { "id": 1.5 }] }),
                "expected a value of type string or integer at `parts[1].id`",
            ),
            (
                json!({ "id": 1, "prices": { "a": "1" } }),
                "expected a value of type number at `prices.a`",
            ),
            (json!({ "id": 1, "by": 2 }), "expected a value of one of several forms at `by`"),
        ] {
            assert_eq!(check(&value, &schema()), Err(expected.to_owned()), "{value}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        assert_eq!(check(&json!(1), &json!({ "$ref": "#" })), Ok(()));
    }
}
