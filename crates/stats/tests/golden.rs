//! What SciPy and statsmodels say. `golden/make.py` makes the cases.

use serde_json::Value;
use tollgate_stats::normal::quantile;
use tollgate_stats::proportion::wilson;

fn cases(of: &str) -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("golden/golden.json")).unwrap();
    golden[of].as_array().unwrap().clone()
}

fn number(case: &Value, name: &str) -> f64 {
    case[name].as_f64().unwrap()
}

/// Apart by so much, relative to the larger.
fn apart(ours: f64, theirs: f64) -> f64 {
    if ours == theirs { 0.0 } else { (ours - theirs).abs() / ours.abs().max(theirs.abs()) }
}

#[test]
fn quantiles_are_scipys() {
    let cases = cases("quantiles");
    assert!(cases.len() >= 140);
    for case in cases {
        let (ours, theirs) = (quantile(number(&case, "p")), number(&case, "z"));
        let near_zero = theirs.abs() < 1e-9 && (ours - theirs).abs() < 1e-16;
        assert!(near_zero || apart(ours, theirs) < 2e-14, "{case}: {ours}");
    }
}

#[test]
fn wilson_is_statsmodels() {
    let cases = cases("wilson");
    assert!(cases.len() >= 200);
    for case in cases {
        let count = |name: &str| case[name].as_u64().unwrap();
        let ours = wilson(count("successes"), count("trials"), number(&case, "confidence"));
        for (ours, theirs) in [(ours.low, number(&case, "low")), (ours.high, number(&case, "high"))]
        {
            assert!((ours - theirs).abs() < 1e-14, "{case}: {ours} is not {theirs}");
        }
    }
}
