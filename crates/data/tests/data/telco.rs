//! A real data set with a known fault: eleven customers whose charges are blank.

use tollgate_data::{Options, check};
use tollgate_model::{Bounds, Check, Column, LogicalType, Operator, Unit};

use crate::common::{Demands, column, contract, int, lines, rule, shared, text};

const YES_NO: [&str; 2] = ["Yes", "No"];
const SERVICE: [&str; 3] = ["Yes", "No", "No internet service"];

fn choice(name: &str, values: &[&str]) -> Column {
    let valid = Some(values.iter().map(|value| text(value)).collect());
    let check = Check::InvalidValues { valid, pattern: None };
    column(name).of(LogicalType::String).required().rule(check, Operator::Be(0.0), Unit::Rows)
}

fn amount(name: &str, maximum: i64) -> Column {
    column(name).of(LogicalType::Number).required().bounds(|bounds| {
        *bounds = Bounds { minimum: int(0), maximum: int(maximum), ..Bounds::default() };
    })
}

fn columns() -> Vec<Column> {
    let id = column("customerID").of(LogicalType::String).required().unique();
    let mut columns = vec![
        id.bounds(|bounds| bounds.pattern = Some("^[0-9]{4}-[A-Z]{5}$".into())),
        choice("gender", &["Female", "Male"]),
        column("SeniorCitizen").of(LogicalType::Integer).required().bounds(|bounds| {
            (bounds.minimum, bounds.maximum) = (int(0), int(1));
        }),
        column("tenure").of(LogicalType::Integer).required().bounds(|bounds| {
            (bounds.minimum, bounds.maximum) = (int(0), int(72));
        }),
        choice("MultipleLines", &["Yes", "No", "No phone service"]),
        choice("InternetService", &["DSL", "Fiber optic", "No"]),
        choice("Contract", &["Month-to-month", "One year", "Two year"]),
        amount("MonthlyCharges", 200),
        amount("TotalCharges", 10_000),
    ];
    let yes_no = ["Partner", "Dependents", "PhoneService", "PaperlessBilling", "Churn"];
    columns.extend(yes_no.map(|name| choice(name, &YES_NO)));
    let services = ["OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport"];
    columns.extend(services.map(|name| choice(name, &SERVICE)));
    columns.extend(["StreamingTV", "StreamingMovies"].map(|name| choice(name, &SERVICE)));
    columns
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn just_the_eleven_blank_charges() {
    let Some(path) = shared("telco-customer-churn.csv") else {
        eprintln!("skipped: ../shared/data/telco-customer-churn.csv is not there");
        return;
    };
    let rows = rule(Check::RowCount, Operator::Between(7_000.0, 8_000.0), Unit::Rows);
    let contract = contract(columns(), vec![rows]);
    let options = Options::default();
    let report = check(&path, "telco.csv", &contract, None, &options, &|| false).unwrap();
    let expected =
        "data.required: `TotalCharges`: 11 of 7043 rows are empty, but the column is required";
    assert_eq!(lines(&report), [expected]);
    assert!(report.not_assessed.is_empty());
    let samples = &report.findings[0].samples;
    assert_eq!(samples.len(), 5);
    assert_eq!((samples[0].row, samples[0].value.as_deref()), (489, Some(" ")));
    assert_eq!(report.figures["rows"], 7_043.0);
    assert_eq!(report.figures["columns_unexpected"], 1.0);
    assert_eq!(report.figures["nulls.TotalCharges"], 11.0);
    assert_ne!(report.figures["bytes"], 0.0);
}
