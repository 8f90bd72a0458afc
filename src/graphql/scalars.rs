//! Scalars of our own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::domain::core::time;

/// A moment, as GraphQL sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub entity::Timestamp);

/// A point in time in RFC 3339 form, such as `2026-03-02T07:30:00Z`. Results are in UTC with up to three decimals of a
/// second; input may have any offset. The year is 0001 to 9999.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match time::parse(text) {
            Some(moment) => Ok(Self(moment)),
            None => Err(InputValueError::custom(
                "expected RFC 3339 with an offset and a year from 0001 to 9999, such as 2026-03-02T07:30:00Z",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(time::format(self.0))
    }
}

/// A day, as GraphQL sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub jiff::civil::Date);

/// A calendar day in the form of an RFC 3339 full-date, such as `2026-03-02`. The year is 0001 to 9999.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let day = time::parse_date(text);
        day.map(Self).ok_or_else(|| InputValueError::custom("expected a day such as 2026-03-02"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
