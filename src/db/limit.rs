//! LIMIT as a literal. Both databases plan a statement again at every execution when its LIMIT is a parameter: SQLite because
//! it looks at the value, PostgreSQL because it cannot know that a generic plan is as good.

use std::fmt::Write;

use sea_orm::sea_query::Values;
use sea_orm::{DbBackend, Statement, Value};

/// Writes unsigned parameters, which only LIMIT has in this program, into the text of a statement.
pub(super) fn with_literal_limits(statement: Statement) -> Statement {
    let Some(Values(values)) = &statement.values else { return statement };
    if !values.iter().any(is_limit) {
        return statement;
    }
    let postgres = statement.db_backend == DbBackend::Postgres;
    let mark = if postgres { '$' } else { '?' };
    let mut sql = String::with_capacity(statement.sql.len());
    let mut kept = Vec::with_capacity(values.len());
    let mut parts = statement.sql.split(mark);
    sql.push_str(parts.next().unwrap_or_default());
    // Statements are built with every value as a parameter, so the marks stand for the values in their order.
    for (part, value) in parts.zip(values) {
        if let Value::BigUnsigned(Some(limit)) = value {
            write!(sql, "{limit}")
        } else {
            kept.push(value.clone());
            if postgres { write!(sql, "${}", kept.len()) } else { write!(sql, "?") }
        }
        .expect("writing to a string");
        sql.push_str(if postgres { part.trim_start_matches(|c: char| c.is_ascii_digit()) } else { part });
    }
    Statement { sql, values: Some(Values(kept)), db_backend: statement.db_backend }
}

fn is_limit(value: &Value) -> bool {
    matches!(value, Value::BigUnsigned(Some(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_out_and_the_other_parameters_keep_their_order() {
        let values = [Value::from("a"), Value::from(4_u64), Value::from(7_i64), Value::from(21_u64)];
        let sql = "SELECT x FROM (SELECT y WHERE z = $1 LIMIT $2) WHERE u < $3 LIMIT $4";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values.clone());
        let literal = with_literal_limits(statement);
        assert_eq!(literal.sql, "SELECT x FROM (SELECT y WHERE z = $1 LIMIT 4) WHERE u < $2 LIMIT 21");
        assert_eq!(literal.values, Some(Values(vec![Value::from("a"), Value::from(7_i64)])));

        let sql = "SELECT x FROM (SELECT y WHERE z = ? LIMIT ?) WHERE u < ? LIMIT ?";
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        let literal = with_literal_limits(statement);
        assert_eq!(literal.sql, "SELECT x FROM (SELECT y WHERE z = ? LIMIT 4) WHERE u < ? LIMIT 21");
    }
}
