//! How many values a JSON text has, before any of them is built: each takes up to a hundred times its text.

/// The most that a request may have: ten times as many as the largest routine that can be saved.
pub const MAX_VALUES: usize = 20_000;

/// What a value takes at most, with the copies that are made of it on its way into a resolver. An object with one field, the
/// dearest, has two.
pub const BYTES_OF_VALUE: usize = 600;

/// Counts what opens or separates values, outside of strings. At least as many as there are values but the first one, also
/// where the text is no JSON.
pub fn count_values(text: &[u8]) -> usize {
    let mut values = 1;
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'{' | b'[' | b',' => values += 1,
            b'"' => {
                while let Some(&byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            bytes.next();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(value: &serde_json::Value) -> usize {
        1 + match value {
            serde_json::Value::Array(items) => items.iter().map(values).sum(),
            serde_json::Value::Object(fields) => fields.values().map(values).sum(),
            _ => 0,
        }
    }

    #[test]
    fn no_value_is_missed_and_texts_are_none() {
        for text in [
            "1",
            "[]",
            "[1,2,[3,{}]]",
            r#"{"a":{"b":[null,true]},"c":"x"}"#,
            r#"["a,b", "{[,", "\"[,", "\\", ","]"#,
            r#"{"a\"{,[":1}"#,
        ] {
            let value: serde_json::Value = serde_json::from_str(text).expect(text);
            let (counted, real) = (count_values(text.as_bytes()), values(&value));
            // An object or list counts itself and its first item, so at most twice.
            assert!((real..=2 * real).contains(&counted), "{text}: {counted} of {real}");
        }
        let post = serde_json::json!({ "body": "a, b [c] {d} \"e\"\n".repeat(10_000) }).to_string();
        assert_eq!(count_values(post.as_bytes()), 2);
        assert!(count_values("{\"a\":1},".repeat(20_000).as_bytes()) > MAX_VALUES);
        assert_eq!(count_values(br#""a\"#), 1, "the text may end anywhere");
    }
}
