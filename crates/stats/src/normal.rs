//! The standard normal distribution.

use crate::special::gamma::gamma;

/// The probability that a standard normal variable exceeds `z`. The relative error is below 1e-13
/// down to probabilities of 1e-300.
///
/// Source: erfc(x) = Q(1/2, x²).
#[must_use]
pub fn tail(z: f64) -> f64 {
    let half = 0.5 * gamma(0.5, z * z / 2.0).upper;
    if z < 0.0 { 1.0 - half } else { half }
}

/// Which `z` a standard normal variable stays below with probability `p`.
///
/// At 0 and 1 it is infinite; outside, and for NaN, it is NaN. The relative error is about 1e-16.
///
/// Source: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution",
/// Applied Statistics 37 (1988) 477–484; routine PPND16.
#[must_use]
pub fn quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * CENTRE.at(0.180_625 - q * q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    tail_quantile(tail).copysign(q)
}

/// The size of the quantile whose tail has probability `tail`, below 0.075.
fn tail_quantile(tail: f64) -> f64 {
    if tail == 0.0 {
        return f64::INFINITY;
    }
    let r = (-tail.ln()).sqrt();
    if r <= 5.0 { MIDDLE.at(r - 1.6) } else { FAR.at(r - 5.0) }
}

/// A quotient of two polynomials, coefficients in rising order.
struct Rational {
    above: [f64; 8],
    below: [f64; 8],
}

impl Rational {
    fn at(&self, x: f64) -> f64 {
        horner(&self.above, x) / horner(&self.below, x)
    }
}

fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// |p − 0.5| ≤ 0.425: the paper's a and b.
const CENTRE: Rational = Rational {
    above: [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    below: [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_545,
    ],
};

/// Tails down to about e⁻²⁵: c and d.
const MIDDLE: Rational = Rational {
    above: [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    below: [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
};

/// Tails beyond: e and f.
const FAR: Rational = Rational {
    above: [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    below: [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
};

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn the_edges_are_infinite_and_outside_there_is_nothing() {
        assert_eq!(quantile(0.5), 0.0);
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        for outside in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(quantile(outside).is_nan(), "{outside}");
        }
    }

    #[test]
    fn the_well_known_value() {
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-15);
    }
}
