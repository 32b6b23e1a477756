//! The columns of the data, each with what is known of its values.

use super::markup::{Element, el};
use super::page::{heading, isolated, table, td_number, th, th_number, wide_table};
use super::part::tally;
use super::svg;
use crate::words::{number, ratio, share};
use crate::{Category, Distribution, Drawing, Part, Shape};

/// So many columns are drawn.
const COLUMNS: usize = 500;

/// So many values of a column are drawn.
const VALUES: usize = 8;

/// All columns; none where nothing is known of any.
pub(super) fn section(part: &Part, level: u8) -> Option<Element> {
    let columns = part.drawings.iter().filter_map(|drawing| match drawing {
        Drawing::Distribution(column) => Some(column),
        _ => None,
    });
    let columns: Vec<&Distribution> = columns.collect();
    if columns.is_empty() {
        return None;
    }
    let title = heading(level).text("Columns").add(tally(columns.len()));
    let section = el("section").add(title);
    let section = match columns.iter().any(|column| column.shape != Shape::Unknown) {
        true => section
            .add(legend(&columns))
            .all(columns.iter().take(COLUMNS).map(|column| drawn(column, level + 1))),
        false => section.add(listed(&columns)),
    };
    Some(match columns.len().saturating_sub(COLUMNS) {
        0 => section,
        more => section.add(
            el("p").class("quiet").text(&format!("{} more are not shown.", number(more as u64))),
        ),
    })
}

// Where nothing but nulls is known, a line for each tells it all.
fn listed(columns: &[&Distribution]) -> Element {
    let row = |column: &&Distribution| {
        el("tr")
            .add(el("th").with("scope", "row").add(isolated(&column.column)))
            .add(td_number(&number(column.nulls)))
            .add(td_number(&share(column.nulls, column.rows).unwrap_or_default()))
            .add(el("td").add(svg::share(ratio(column.nulls, column.rows).unwrap_or(0.0))))
    };
    let head = vec![th("Column"), th_number("Nulls"), th_number("Share"), th("")];
    let rows = columns.iter().take(COLUMNS).map(row).collect();
    wide_table("Columns", "columns", head, rows)
}

fn legend(columns: &[&Distribution]) -> Element {
    let reference = columns.iter().find_map(|column| column.reference.as_ref());
    let entry = |class: &'static str, name: &str| {
        el("span").class("entry").add(svg::swatch(class)).add(isolated(name))
    };
    let legend = el("p").class("legend").add(entry("data", "this data"));
    match reference {
        None => legend,
        Some(reference) => legend.add(entry("reference", &reference.name)),
    }
}

fn drawn(column: &Distribution, level: u8) -> Element {
    let name = el("div").class("name").add(heading(level).add(isolated(&column.column)));
    let name = name.add(known(column));
    let picture = match &column.shape {
        Shape::Unknown => el("p").class("quiet").text("The values are not known here."),
        Shape::Bins(bins) => el("div")
            .add(svg::histogram(&column.column, bins))
            .add(el("p").class("ends").add(isolated(&bins.low)).add(isolated(&bins.high))),
        Shape::Categories(values) => categories(column, values),
    };
    el("article").class("column").add(name).add(picture)
}

fn known(column: &Distribution) -> Element {
    let pair = |name: &str, value: String| {
        el("div").add(el("dt").text(name)).add(el("dd").class("figures").text(&value))
    };
    let nulls = |rows: u64, nulls: u64| share(nulls, rows).unwrap_or_else(|| "no rows".to_owned());
    let distinct = column.distinct.map(|distinct| {
        let about = if distinct.is_exact { "" } else { "about " };
        pair("Distinct", format!("{about}{}", number(distinct.count)))
    });
    let was = column
        .reference
        .as_ref()
        .map(|was| pair("Nulls of the reference", nulls(was.rows, was.nulls)));
    el("dl").add(pair("Nulls", nulls(column.rows, column.nulls))).all(was).all(distinct)
}

fn categories(column: &Distribution, values: &[Category]) -> Element {
    let valued = column.rows.saturating_sub(column.nulls);
    let before = column.reference.as_ref().map(|was| was.rows.saturating_sub(was.nulls));
    let of = |value: &Category| {
        let now = ratio(value.count, valued).unwrap_or(0.0);
        let was = value.reference.zip(before).and_then(|(count, of)| ratio(count, of));
        (now, was)
    };
    let shares = values.iter().map(of);
    let most = shares.fold(0.0_f64, |most, (now, was)| most.max(now).max(was.unwrap_or(0.0)));
    let row = |value: &Category| {
        let (now, was) = of(value);
        let told = value.reference.zip(before).and_then(|(count, of)| share(count, of));
        el("tr")
            .add(el("th").with("scope", "row").add(isolated(&value.name)))
            .add(el("td").class("wide").add(svg::category(now, was, most)))
            .add(td_number(&share(value.count, valued).unwrap_or_default()))
            .all(before.map(|_| td_number(&told.unwrap_or_default())))
    };
    let mut head = vec![th("Value"), th(""), th_number("Share")];
    head.extend(before.map(|_| th_number("Before")));
    let rows = values.iter().take(VALUES).map(row).collect();
    let list = el("div").add(table("The most frequent values", "values", head, rows));
    match values.len().saturating_sub(VALUES) {
        0 => list,
        more => {
            list.add(el("p").class("quiet").text(&format!("{} more values", number(more as u64))))
        }
    }
}
