//! The answers of other libraries. `golden/inference.py` makes them.

use serde_json::Value;

use crate::draws::Draws;

/// Answers to the cases of a family, which have `number`s of their own for their draws.
pub(crate) fn each(
    text: &str,
    family: &str,
    number: u64,
    mut check: impl FnMut(Draws, u64, &[f64]),
) {
    let golden: Value = serde_json::from_str(text).unwrap();
    let cases = golden[family].as_array().unwrap();
    assert!(cases.len() >= 200, "{family}");
    for (case, answers) in (0..).zip(cases) {
        let Some(answers) = answers.as_array() else { continue };
        let answers: Vec<f64> = answers.iter().map(|answer| answer.as_f64().unwrap()).collect();
        check(Draws::new(number, case), case, &answers);
    }
}

/// Alike to within `tolerance`, relative to the larger where that is above one.
pub(crate) fn alike(ours: &[f64], theirs: &[f64], tolerance: f64, told: &str) {
    assert_eq!(ours.len(), theirs.len(), "{told}");
    for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let apart = (ours - theirs).abs() / ours.abs().max(theirs.abs()).max(1.0);
        assert!(apart <= tolerance, "{told}, {place}: {ours} is not {theirs}");
    }
}

/// Alike to within `tolerance`, relative also where both are tiny.
pub(crate) fn alike_in_tails(ours: &[f64], theirs: &[f64], tolerance: f64, told: &str) {
    for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let apart = (ours - theirs).abs() / ours.abs().max(theirs.abs());
        assert!(ours == theirs || apart <= tolerance, "{told}, {place}: {ours} is not {theirs}");
    }
}

pub(crate) const CONFIDENCES: [f64; 4] = [0.8, 0.9, 0.95, 0.99];

pub(crate) fn confidence(draws: &mut Draws) -> f64 {
    CONFIDENCES[draws.below(4) as usize]
}
