//! Expectations by their names in Great Expectations, which dbt's package of that name shares.

use super::demand::{ABOVE, BELOW, MAXIMUM, MINIMUM, Mostly, condition, metric};
use super::draft::Table;
use super::look::Look;
use super::types;
use super::value::{Value, column};

/// Adds what the expectation asks for to the table. An error says what is not carried over.
pub(super) fn carry(
    name: &str,
    arguments: Look<'_>,
    column: Option<&str>,
    table: &mut Table,
) -> Result<(), String> {
    for conditional in ["row_condition", "condition_parser", "group_by"] {
        if arguments.get(conditional).is_some() {
            return Err(format!("it holds of some rows only (`{conditional}`)"));
        }
    }
    let mostly = match arguments.get("mostly") {
        share if !share.is_some() => Mostly::ALL,
        share => share.number().and_then(Mostly::new).ok_or("its `mostly` is no share")?,
    };
    let call = Call { name, arguments, mostly };
    let done = match column {
        Some(column) => call.column(column, table)?,
        None => call.table(table)?,
    };
    if done { Ok(()) } else { Err("its arguments can't be said in a contract".into()) }
}

struct Call<'c> {
    name: &'c str,
    arguments: Look<'c>,
    mostly: Mostly,
}

/// Whether the arguments could be carried over; an error where the expectation can't be.
type Done = Result<bool, String>;

impl Call<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        self.arguments.get(key).number()
    }

    fn column(&self, name: &str, table: &mut Table) -> Done {
        let (mostly, get) = (self.mostly, |key: &str| self.arguments.get(key));
        let field = table.column(name);
        Ok(match self.name {
            "expect_column_to_exist" => match get("column_index").is_some() {
                false => {
                    field.there.get_or_insert(self.arguments.line);
                    true
                }
                true => return Err("where a column stands is not said in a contract".into()),
            },
            "expect_column_values_to_not_be_null" => {
                field.not_null(mostly);
                true
            }
            "expect_column_values_to_be_null" => {
                let limit =
                    vec![("mustBe", Value::number(100.0)), ("unit", Value::text("percent"))];
                field.rules.push(metric("nullValues", vec![], limit));
                mostly == Mostly::ALL
            }
            "expect_column_values_to_be_unique" => {
                field.distinct(mostly);
                true
            }
            "expect_column_values_to_be_in_set" | "expect_column_distinct_values_to_be_in_set" => {
                field.among(get("value_set").values(), mostly)
            }
            "expect_column_values_to_not_be_in_set" => {
                field.none_of(get("value_set").values(), mostly)
            }
            "expect_column_values_to_match_regex" => {
                let pattern = get("regex").text().unwrap_or_default();
                match field.matching(pattern, mostly) {
                    true => true,
                    false => return Err("its regular expression can't be run here".into()),
                }
            }
            "expect_column_values_to_match_regex_list"
                if get("match_on").text().is_none_or(|on| on == "any") =>
            {
                let patterns = get("regex_list").texts();
                let either: Vec<_> = patterns.iter().map(|one| format!("(?:{one})")).collect();
                !either.is_empty() && field.matching(&either.join("|"), mostly)
            }
            "expect_column_value_lengths_to_be_between" => {
                field.length(self.number("min_value"), self.number("max_value"), mostly)
            }
            "expect_column_value_lengths_to_equal" => {
                field.length(self.number("value"), self.number("value"), mostly)
            }
            "expect_column_values_to_be_of_type" => self.of_type(&get("type_").texts(), field)?,
            "expect_column_values_to_be_in_type_list" => {
                self.of_type(&get("type_list").texts(), field)?
            }
            "expect_column_values_to_match_strftime_format" => {
                let format = get("strftime_format").text().unwrap_or_default();
                let (kind, form) = types::strftime(format)
                    .ok_or("its format of dates can't be said in a contract")?;
                field.option(kind, "format", Value::text(form)) && mostly == Mostly::ALL
            }
            "expect_column_values_to_be_between" => self.between(field),
            // That some value reaches the other end is not said by a bound.
            "expect_column_min_to_be_between" if !get("max_value").is_some() => self.between(field),
            "expect_column_max_to_be_between" if !get("min_value").is_some() => self.between(field),
            _ => return Err("there is no counterpart in a contract".into()),
        })
    }

    fn between(&self, field: &mut super::draft::Field) -> bool {
        let strict = |key: &str| self.arguments.get(key).bool() == Some(true);
        let ends = [
            ("min_value", if strict("strict_min") { ABOVE } else { MINIMUM }),
            ("max_value", if strict("strict_max") { BELOW } else { MAXIMUM }),
        ];
        let mut given = 0;
        for (key, bar) in ends {
            let end = self.arguments.get(key);
            if end.is_some() {
                given += 1;
                if !field.bound(bar, end.value(), self.mostly) {
                    return false;
                }
            }
        }
        given > 0
    }

    fn of_type(&self, names: &[&str], field: &mut super::draft::Field) -> Done {
        let mut kinds: Vec<_> = names.iter().filter_map(|name| types::named(name)).collect();
        kinds.dedup();
        match (kinds.as_slice(), self.mostly == Mostly::ALL) {
            ([only], true) => {
                field.be(only);
                Ok(field.logical == Some(only))
            }
            (["integer", "number"] | ["number", "integer"], true) => {
                field.be("number");
                Ok(true)
            }
            _ => Err("its type has no counterpart in a contract".into()),
        }
    }

    fn table(&self, table: &mut Table) -> Done {
        let get = |key: &str| self.arguments.get(key);
        Ok(match self.name {
            "expect_table_row_count_to_be_between" => {
                table.rows(self.number("min_value"), self.number("max_value"))
            }
            "expect_table_row_count_to_equal" => {
                table.rows(self.number("value"), self.number("value"))
            }
            "expect_compound_columns_to_be_unique" | "expect_multicolumn_values_to_be_unique" => {
                table.distinct(&get("column_list").texts(), self.mostly)
            }
            "expect_table_columns_to_match_set" | "expect_table_columns_to_match_ordered_list" => {
                let names = self.arguments.any(&["column_set", "column_list"]).texts();
                table.list(&names);
                return Err("the columns are listed; that there are no others is not said".into());
            }
            "expect_column_pair_values_a_to_be_greater_than_b" => {
                let or_equal = get("or_equal").bool() == Some(true);
                self.pair(if or_equal { ">=" } else { ">" }, table)
            }
            "expect_column_pair_values_to_be_equal" => self.pair("=", table),
            "expect_select_column_values_to_be_unique_within_record" => {
                let names = get("column_list").texts();
                self.different(&names, table)
            }
            _ => return Err("there is no counterpart in a contract".into()),
        })
    }

    fn pair(&self, sign: &str, table: &mut Table) -> bool {
        let get = |keys: &[&str]| self.arguments.any(keys).text();
        let (one, other) = (get(&["column_A", "column_a"]), get(&["column_B", "column_b"]));
        let (Some(one), Some(other)) = (one, other) else { return false };
        table.list(&[one, other]);
        let text = format!("{} {sign} {}", column(one), column(other));
        table.rules.push(condition(text, self.mostly));
        true
    }

    /// Each pair of columns differs.
    fn different(&self, names: &[&str], table: &mut Table) -> bool {
        // A condition of more pairs than these is none that a person can check.
        if !(2..=8).contains(&names.len()) {
            return false;
        }
        table.list(names);
        let mut pairs = Vec::new();
        for (at, one) in names.iter().enumerate() {
            let others = names[at + 1..].iter();
            pairs.extend(others.map(|other| format!("{} != {}", column(one), column(other))));
        }
        table.rules.push(condition(pairs.join(" and "), self.mostly));
        true
    }
}
