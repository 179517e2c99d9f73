//! Answers to surveys as rows of a CSV file.

use piramide_contracts::{quality::SurveyAnswer, table::TableError, types};

use crate::event_rows::{Columns, Header, Row};

/// Where each column stands.
pub struct AnswerColumns {
    number: usize,
    survey: usize,
    sample: usize,
    stratum: usize,
    channel: usize,
    factor: usize,
    structure: usize,
    month: usize,
    mark: usize,
    answers: Option<usize>,
}

impl Columns for AnswerColumns {
    type Event = SurveyAnswer;
    const WHAT: &'static str = "answers";
    const KNOWN: &'static [&'static str] =
        &["number", "survey", "sample", "stratum", "channel", "factor", "structure", "month", "mark", "answers"];

    fn find(header: &Header<'_>) -> Result<Self, TableError> {
        Ok(Self {
            number: header.required("number")?,
            survey: header.required("survey")?,
            sample: header.required("sample")?,
            stratum: header.required("stratum")?,
            channel: header.required("channel")?,
            factor: header.required("factor")?,
            structure: header.required("structure")?,
            month: header.required("month")?,
            mark: header.required("mark")?,
            answers: header.optional("answers"),
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<SurveyAnswer, TableError> {
        let text = |column: usize| row.cell(column).to_owned();
        Ok(SurveyAnswer {
            number: row.whole("number", self.number)?,
            survey_code: text(self.survey),
            sample_code: text(self.sample),
            stratum_code: text(self.stratum),
            channel_code: text(self.channel),
            factor_code: text(self.factor),
            structure_code: text(self.structure),
            month: Some(types::Period { value: text(self.month) }),
            mark: row.whole("mark", self.mark)?,
            answers: row.count("answers", self.answers)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_rows::Rows;

    const HEADER: &str = "number,survey,sample,stratum,channel,factor,structure,month,mark";

    fn read(text: &str) -> Result<Vec<SurveyAnswer>, TableError> {
        Rows::<_, AnswerColumns>::new(text.as_bytes())?.collect()
    }

    #[test]
    fn a_row_is_an_answer() {
        let answers = read(&format!(
            "{HEADER},answers\n7,CX,USERS,ALL,WEB,OVERALL,PRV_ASTI,2026-03,4,\n8,CX,USERS,ALL,WEB,OVERALL,PRV_ASTI,2026-03,5,3\n"
        ));
        let answers = answers.unwrap();
        let [one, three] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!((one.number, one.mark, one.answers, one.factor_code.as_str()), (7, 4, 1, "OVERALL"));
        assert_eq!((three.number, three.mark, three.answers, three.month.as_ref().unwrap().value.as_str()), (8, 5, 3, "2026-03"));
    }

    /// A file that says more of who answers than is kept is not read at all.
    #[test]
    fn a_column_that_names_somebody_is_refused() {
        let fault = read(&format!("{HEADER},email\n")).unwrap_err();
        assert_eq!((fault.line, fault.column.as_str()), (1, "email"), "{fault}");
        assert!(fault.cause.starts_with("is no column of answers, which have number, survey"), "{fault}");
        let fault = read(&format!("{HEADER}\n7,CX,USERS,ALL,WEB,OVERALL,PRV_ASTI,2026-03,bene\n")).unwrap_err();
        assert_eq!((fault.line, fault.column.as_str(), fault.cause.as_str()), (2, "mark", "\"bene\" is not a whole number"));
    }
}
