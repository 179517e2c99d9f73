//! The production process control (*controllo del processo produttivo*).

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Source, Unit};
use piramide_plan::{Range, Rate};

use crate::{
    asked::Asked,
    facts::{COMPLETED, RECEIVED},
    parts::Part,
};

/// Points of the production process control (*controllo del processo produttivo*).
///
/// ```text
/// regularised rate = files regularised, yes or no / files drawn * 100
/// approved rate    = files regularised with a yes / files regularised, yes or no * 100
/// result           = sum over the plan's ranges of the points of the step that each rate falls in
/// ```
///
/// - Unit: points, 0 or more; the target of 2021 is 20. Higher is better. A step begins at its lower edge, which belongs to it.
/// - A control is a measure of production: files drawn are `received`, files regularised `completed`, those with a no its part `refused`.
/// - Rounding: none here. Shown without digits.
/// - Source: technical annex 2021, slide 9. The ranges are not printed: they are the plan's `ranges.csv`.
///
/// Missing if the plan has no ranges, or a file count is not recorded.
pub fn process_control(asked: &Asked<'_>, label: &str) -> Measured {
    let points: Vec<Measured> = asked.query.plan.ranges().iter().map(|range| of_range(asked, range)).collect();
    if points.is_empty() {
        let input = "la tabella dei range del controllo nel piano (ranges.csv), da definire dall'istituto".to_owned();
        return Measured::missing(label, Unit::Points, Missing::NoInput { input });
    }
    Measured::computed(label, Unit::Points, "somma dei punteggi dei range", points, |numbers| Ok(numbers.iter().sum()))
}

fn of_range(asked: &Asked<'_>, range: &Range) -> Measured {
    let plan = asked.query.plan;
    let rate = rate(asked, range);
    let name = plan.measures().get(&range.measure).map_or(range.measure.as_str(), |measure| measure.label.as_str());
    let label = format!("{name}: punteggio");
    let step = rate.value.as_ref().ok().and_then(|value| range.step(value));
    let given = step.map(|step| {
        let place = Source::Plan { version: plan.version().to_owned(), place: format!("ranges.csv:{}", step.line) };
        let step_label = format!("Range da {} %", step.from.in_full());
        Measured::given(step.points.clone(), Explanation::given(step_label, step.points.clone(), Unit::Points, place))
    });
    let inputs = std::iter::once(rate).chain(given).collect();
    Measured::computed(&label, Unit::Points, "il punteggio del range in cui cade la percentuale", inputs, |numbers| {
        let [_, points] = numbers else { return Err(Missing::NoInput { input: "un range che contenga la percentuale".into() }) };
        Ok(points.clone())
    })
}

fn rate(asked: &Asked<'_>, range: &Range) -> Measured {
    let (query, measure) = (&asked.query, range.measure.as_str());
    let regularised = query.total(measure, COMPLETED, "Pratiche regolarizzate SÌ e NO");
    match range.rate {
        Rate::Regularised => {
            let drawn = query.total(measure, RECEIVED, "Pratiche controllate");
            let formula = "regolarizzate / controllate x 100";
            Measured::quotient("Pratiche regolarizzate", Unit::Percent, formula, regularised, drawn, &Exact::hundred())
        }
        Rate::Approved => {
            let refused = query.total(&Part::Refused.subject(measure), COMPLETED, "Pratiche regolarizzate NO");
            let approved = Measured::computed(
                "Pratiche regolarizzate SÌ",
                Unit::Pieces,
                "SÌ e NO meno NO",
                vec![regularised.clone(), refused],
                |numbers| {
                    let [all, refused] = numbers else { return Err(query.no_data()) };
                    Ok(all - refused)
                },
            );
            let formula = "regolarizzate SÌ / regolarizzate SÌ e NO x 100";
            Measured::quotient("Pratiche regolarizzate SÌ", Unit::Percent, formula, approved, regularised, &Exact::hundred())
        }
    }
}
