//! Data sets that are broken in one way each: a sound table of columns of all types, made from a
//! seed, and the faults that can be put into it.

/// Rows of a sound table.
pub const ROWS: usize = 200;

/// Name, and the type in Parquet.
pub const COLUMNS: [(&str, &str); 20] = [
    ("id", "BYTE_ARRAY id (STRING)"),
    ("age", "INT32 age"),
    ("spend", "DOUBLE spend"),
    ("plan", "BYTE_ARRAY plan (STRING)"),
    ("country", "BYTE_ARRAY country (STRING)"),
    ("email", "BYTE_ARRAY email (STRING)"),
    ("token", "BYTE_ARRAY token (STRING)"),
    ("signup", "INT32 signup (DATE)"),
    ("seen", "INT64 seen (TIMESTAMP(MICROS,true))"),
    ("active", "BOOLEAN active"),
    ("region", "BYTE_ARRAY region (STRING)"),
    ("seq", "INT64 seq"),
    ("note", "BYTE_ARRAY note (STRING)"),
    ("nick", "BYTE_ARRAY nick (STRING)"),
    ("serial", "INT64 serial"),
    ("born", "INT32 born (DATE)"),
    ("ip", "BYTE_ARRAY ip (STRING)"),
    ("host", "BYTE_ARRAY host (STRING)"),
    ("score", "FLOAT score"),
    ("level", "INT32 level"),
];

/// Odd numbers from which tables are made.
pub const SEEDS: [u64; 3] = [0x5eed, 0xc0ffee1, 0x1234_5677];

/// A cell, the code of its fault, and whether Parquet could store it.
pub const CELL_FAULTS: [(&str, &str, &str, bool); 29] = [
    ("id", "", "data.required", true),
    ("id", "C-00003", "data.unique", true),
    ("id", "c-00050", "data.pattern", true),
    ("id", "C-00050\n", "data.pattern", true),
    ("age", "many", "data.type", false),
    ("age", "20.5", "data.type", false),
    ("age", "17", "data.minimum", true),
    ("age", "101", "data.maximum", true),
    ("age", "", "data.required", true),
    ("spend", "-0.05", "data.minimum", true),
    ("spend", "10000", "data.exclusive-maximum", true),
    ("spend", "1.03", "data.multiple-of", true),
    ("spend", "1,03", "data.type", false),
    ("plan", "gold", "data.invalid-values", true),
    ("country", "DEU", "data.length", true),
    ("country", "D", "data.length", true),
    ("email", "u.example.org", "data.format", true),
    ("token", "123e4567", "data.format", true),
    ("signup", "2019-12-31", "data.minimum", true),
    ("signup", "2025-01-01", "data.maximum", true),
    ("signup", "2023-02-30", "data.type", false),
    ("seen", "2020-01-01T01:00:00+01:00", "data.exclusive-minimum", true),
    ("active", "yes", "data.type", false),
    ("active", "", "data.required", true),
    ("seq", "", "data.primary-key", true),
    ("serial", "9007199254740993", "data.duplicate-values", true),
    ("born", "1990-01-01", "data.format", false),
    ("score", "NaN", "data.minimum", true),
    ("level", "200", "data.format", true),
];

/// What a fault does to the whole, and its code.
pub type SheetFault = (fn(&mut Sheet), &'static str);

/// What can be wrong with a whole table.
pub const SHEET_FAULTS: [SheetFault; 9] = [
    (|sheet| sheet.rows.truncate(99), "data.row-count"),
    (
        |sheet| {
            (0..120).for_each(|at| sheet.rows.push(row(5_000 + at, &mut Random(at as u64 + 1))))
        },
        "data.row-count",
    ),
    (|sheet| (30..60).for_each(|row| sheet.set(row, "note", "")), "data.null-values"),
    (|sheet| (30..32).for_each(|row| sheet.set(row, "nick", "-")), "data.missing-values"),
    (|sheet| (30..32).for_each(|row| sheet.set(row, "nick", "")), "data.missing-values"),
    (|sheet| sheet.set(4, "seq", "0"), "data.primary-key"),
    (|sheet| sheet.header[1] = "Age".to_owned(), "data.column-missing"),
    (|sheet| sheet.set(9, "ip", "256.0.2.1"), "data.format"),
    (|sheet| sheet.set(9, "host", "-a"), "data.format"),
];

/// A generator of numbers that look random: Marsaglia's xorshift.
#[derive(Clone, Copy, Debug)]
pub struct Random(pub u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A table of texts.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its rows; none is a null.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Row `at` of a sound table.
///
/// # Panics
/// Never.
#[must_use]
pub fn row(at: usize, random: &mut Random) -> Vec<Option<String>> {
    let (year, month, day) = (random.below(5), random.below(12) + 1, random.below(28) + 1);
    let cents = random.below(100_000) * 5;
    let cells = [
        format!("C-{at:05}"),
        (18 + random.below(83)).to_string(),
        format!("{}.{:02}", cents / 100, cents % 100),
        ["basic", "plus", "pro"][usize::try_from(random.below(3)).unwrap()].to_owned(),
        ["DE", "FR", "ÅÄ"][at % 3].to_owned(),
        format!("u{at}@example.org"),
        format!("123e4567-e89b-12d3-a456-{:012x}", random.below(1 << 40)),
        format!("{}-{month:02}-{day:02}", 2020 + year),
        format!("{}-{month:02}-{day:02}T12:30:{:02}Z", 2021 + year, at % 60),
        at.is_multiple_of(2).to_string(),
        format!("r{}", at % 4),
        (at / 4).to_string(),
        if at.is_multiple_of(20) { String::new() } else { format!("a \"note\",\n{at}") },
        if at == 7 { "-".to_owned() } else { format!("n{at}") },
        (9_007_199_254_740_992 + at).to_string(),
        format!("{day:02}.{month:02}.{}", 1960 + year),
        format!("192.0.2.{}", at % 256),
        format!("h{at}.example"),
        ["0.1", "0.5", "7"][at % 3].to_owned(),
        (at % 128).to_string(),
    ];
    cells.map(|cell| (!cell.is_empty()).then_some(cell)).to_vec()
}

/// A table without a fault; seeds are odd numbers.
#[must_use]
pub fn sound(seed: u64) -> Sheet {
    let mut random = Random(seed);
    let rows = (0..ROWS).map(|at| row(at, &mut random)).collect();
    Sheet { header: COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect(), rows }
}

impl Sheet {
    fn at(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap()
    }

    /// Puts a value into a cell; an empty one is a null.
    ///
    /// # Panics
    /// There is no such row or column.
    pub fn set(&mut self, row: usize, column: &str, value: &str) {
        let at = self.at(column);
        self.rows[row][at] = (!value.is_empty()).then(|| value.to_owned());
    }
}
