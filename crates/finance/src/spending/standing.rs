//! How an amount stands to the tolerance of a rule.

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Unit};
use piramide_plan::SpendRule;

/// How an amount stands to a limit; later is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody can tell: something is missing, or no rule holds.
    Unknown,
    /// Within the tolerance (*entro la tolleranza*).
    Within,
    /// Near the limit (*preavviso*).
    Warned,
    /// Beyond it (*limite superato*).
    Passed,
}

/// An amount under a rule.
pub struct Verdict<'a> {
    /// The rule; `None` where none holds.
    pub rule: Option<&'a SpendRule>,
    /// The deviation or share, per cent; missing against a zero reference, under which limits still hold.
    pub percent: Measured,
    /// The least amount that is tolerated, in euro.
    pub least: Option<Exact>,
    /// The most, in euro.
    pub most: Option<Exact>,
    /// How it stands.
    pub standing: Standing,
}

impl<'a> Verdict<'a> {
    /// An amount against what it should be.
    ///
    /// ```text
    /// deviation = (amount - reference) / |reference| * 100
    /// limits = reference + |reference| * min / 100, reference + |reference| * max / 100
    /// ```
    ///
    /// - Unit: per cent, shown with 2 digits; limits in euro. Rounding: none: an amount stands to a limit as cross products say.
    /// - Passed beyond a limit, not at it; warned from the alert of the plan on, where that lies before the limit.
    /// - Source: Piano della performance 2021-2023, Allegato Tecnico, "Gestione della spesa delle Strutture Territoriali".
    pub fn new(label: &str, rule: Option<&'a SpendRule>, amount: Measured, reference: Measured) -> Self {
        let bounds = amount.value.clone().ok().zip(reference.value.clone().ok());
        let at = |reference: &Exact, percent: &Exact| reference + &hundredth(&(&reference.abs() * percent));
        let percent =
            Measured::computed(label, Unit::Percent, "(importo - riferimento) / |riferimento| x 100", vec![amount, reference], |numbers| {
                let [amount, reference] = numbers else { return Err(Missing::NoInput { input: label.to_owned() }) };
                Exact::quotient(&((amount - reference) * Exact::hundred()), &reference.abs())
                    .ok_or_else(|| Missing::ZeroDivisor { divisor: "il riferimento".to_owned() })
            });
        Self::under(rule, percent, bounds, at)
    }

    /// An amount as a share of a whole.
    ///
    /// ```text
    /// share = amount / whole * 100
    /// limits = whole * min / 100, whole * max / 100
    /// ```
    ///
    /// - Unit: per cent, shown with 2 digits. Rounding: none.
    /// - Source: as [`Verdict::new`], letter c.
    pub fn share(label: &str, rule: &'a SpendRule, amount: Measured, whole: Measured) -> Self {
        let bounds = amount.value.clone().ok().zip(whole.value.clone().ok());
        let percent = Measured::quotient(label, Unit::Percent, "importo / totale x 100", amount, whole, &Exact::hundred());
        Self::under(Some(rule), percent, bounds, |whole, percent| hundredth(&(whole * percent)))
    }

    /// The same where being near the limit is as it should be.
    #[must_use]
    pub fn without_alert(mut self) -> Self {
        if self.standing == Standing::Warned {
            self.standing = Standing::Within;
        }
        self
    }

    fn under(
        rule: Option<&'a SpendRule>,
        percent: Measured,
        numbers: Option<(Exact, Exact)>,
        at: impl Fn(&Exact, &Exact) -> Exact,
    ) -> Self {
        let (Some(rule), Some((amount, reference))) = (rule, numbers) else {
            return Self { rule, percent, least: None, most: None, standing: Standing::Unknown };
        };
        let limit = |percent: &Option<Exact>| percent.as_ref().map(|percent| at(&reference, percent));
        let (least, most) = (limit(&rule.min), limit(&rule.max));
        let below = |bound: &Option<Exact>| bound.as_ref().is_some_and(|bound| amount < *bound);
        let above = |bound: &Option<Exact>| bound.as_ref().is_some_and(|bound| amount > *bound);
        // An alert that lies at the limit warns of nothing: the limit itself is still allowed.
        let before = |alert: &Option<Exact>, limit: &Option<Exact>| alert.clone().filter(|alert| Some(alert) != limit.as_ref());
        let (alert_min, alert_max) = (before(&limit(&rule.alert_min), &least), before(&limit(&rule.alert_max), &most));
        let near = alert_min.is_some_and(|alert| amount <= alert) || alert_max.is_some_and(|alert| amount >= alert);
        let standing = match (below(&least) || above(&most), near) {
            (true, _) => Standing::Passed,
            (false, true) => Standing::Warned,
            (false, false) => Standing::Within,
        };
        let percent = percent.noted(tolerance(rule));
        Self { rule: Some(rule), percent, least, most, standing }
    }
}

fn hundredth(value: &Exact) -> Exact {
    Exact::quotient(value, &Exact::hundred()).unwrap_or_else(Exact::zero)
}

/// The rule in words, with its place in the plan.
fn tolerance(rule: &SpendRule) -> String {
    let bound = |bound: &Option<Exact>, otherwise: &str| {
        bound.as_ref().map_or_else(|| otherwise.to_owned(), |bound| format!("{} %", bound.shown(2)))
    };
    let round = rule.round.map_or_else(|| "dell'anno".to_owned(), |round| format!("al {round} forecast"));
    format!(
        "regola {} {round}: tollerato da {} a {} ({})",
        rule.rule,
        bound(&rule.min, "qualunque"),
        bound(&rule.max, "qualunque"),
        rule.place
    )
}
