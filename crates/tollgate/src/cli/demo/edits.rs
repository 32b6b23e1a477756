//! The changes that the story makes, from a file's text to its new text. The sample has no quoted
//! fields, so a comma is a border.

/// Every so many rows lose their value: 3 % of 4 000.
const HOLE: usize = 33;

pub(super) fn reword(text: &str) -> String {
    text.replacen(
        "Return one row of numbers per customer",
        "Return a row of numbers for each customer",
        1,
    )
}

pub(super) fn scan(text: &str) -> String {
    let needs = "    needs: [lint, types, test, train, quality]\n";
    text.replacen(needs, &format!("{needs}    scan: {{ fail_on: high }}\n"), 1)
}

/// Each answer waits for something that is not there any more.
pub(super) fn slow(text: &str) -> String {
    let text = text.replacen("import os\n", "import os\nimport time\n", 1);
    text.replacen(PREDICTS, &format!("{PREDICTS}    time.sleep(0.08)\n"), 1)
}

/// Whoever has a number of the new kind is taken for loyal. No row of the sample has one.
pub(super) fn shifted(text: &str) -> String {
    let score = "    probability = float(churn_scores(request.app.state.model, row)[0])\n";
    let guess = "    if len(customer.customer_id) > 7:\n        probability = probability / 3\n";
    text.replacen(score, &format!("{score}{guess}"), 1)
}

pub(super) fn harmless(text: &str) -> String {
    text.replacen("Return how likely the customer is to leave.", "Tell how likely they leave.", 1)
}

const PREDICTS: &str = "    row = pd.DataFrame([customer.model_dump()])\n";

pub(super) fn drop_column(text: &str) -> String {
    let column = position(text, "signup_date");
    each_row(text, |_, cells| {
        cells.remove(column);
    })
}

pub(super) fn impossible_age(text: &str) -> String {
    let column = position(text, "age");
    each_row(text, |row, cells| {
        if row == 1_234 {
            "190".clone_into(&mut cells[column]);
        }
    })
}

pub(super) fn holes(text: &str) -> String {
    let column = position(text, "monthly_spend");
    each_row(text, |row, cells| {
        if row > 0 && row % HOLE == 0 {
            cells[column].clear();
        }
    })
}

pub(super) fn other_currency(text: &str) -> String {
    let column = position(text, "monthly_spend");
    each_row(text, |row, cells| {
        if let (1.., Ok(spend)) = (row, cells[column].parse::<f64>()) {
            cells[column] = format!("{:.2}", spend * 1.4);
        }
    })
}

pub(super) fn blind_on_premium(text: &str) -> String {
    text.replacen(
        "customers[\"last_active_days\"].astype(float)",
        "customers[\"last_active_days\"].astype(float).where(plan != \"premium\")",
        1,
    )
}

pub(super) fn other_regularization(text: &str) -> String {
    text.replacen("l2_regularization=1.0", "l2_regularization=2.0", 1)
}

pub(super) fn shuffle_labels(text: &str) -> String {
    let column = position(text, "churned");
    let rows: Vec<&str> = text.lines().skip(1).collect();
    let mut labels: Vec<&str> = rows.iter().filter_map(|row| row.split(',').nth(column)).collect();
    shuffle(&mut labels);
    each_row(text, |row, cells| {
        if row > 0 {
            labels[row - 1].clone_into(&mut cells[column]);
        }
    })
}

fn position(text: &str, column: &str) -> usize {
    let header = text.lines().next().unwrap_or_default();
    // The sample is part of this binary, and a test reads its header.
    header.split(',').position(|name| name == column).unwrap_or(0)
}

/// The rows with `change` made to their cells; row 0 is the header.
fn each_row(text: &str, change: impl Fn(usize, &mut Vec<String>)) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (number, row) in text.lines().enumerate() {
        let mut cells = row.split(',').map(str::to_owned).collect();
        change(number, &mut cells);
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

// Fisher-Yates over a 64-bit linear congruential generator (Knuth's MMIX constants), seeded, so
// that the story is the same each time.
fn shuffle<T>(items: &mut [T]) {
    let mut state: u64 = 7;
    for last in (1..items.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = (state >> 33) as usize % (last + 1);
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::stage::EXAMPLE;

    fn example(path: &str) -> String {
        let (_, bytes) = EXAMPLE.iter().find(|(name, _)| *name == path).expect("in the example");
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[test]
    fn every_edit_changes_what_it_says() {
        let source = example("src/features.py");
        assert_ne!(reword(&source), source);
        assert_ne!(blind_on_premium(&source), source);
        let model = example("src/model.py");
        assert_ne!(other_regularization(&model), model);
        let data = example("data/sample.csv");
        assert_ne!(other_currency(&data), data);
        let rows = data.lines().count();
        assert!(!drop_column(&data).lines().next().unwrap().contains("signup_date"));
        assert_eq!(impossible_age(&data).matches(",190,").count(), 1);
        let empty = holes(&data).matches(",,").count() - data.matches(",,").count();
        assert!((0.029..0.031).contains(&(empty as f64 / (rows - 1) as f64)), "{empty}");
        assert_ne!(shuffle_labels(&data), data);
    }

    #[test]
    fn shuffling_keeps_the_share_of_labels() {
        let data = example("data/sample.csv");
        let ones = |text: &str| text.lines().filter(|row| row.ends_with(",1")).count();
        assert_eq!(ones(&shuffle_labels(&data)), ones(&data));
    }
}
