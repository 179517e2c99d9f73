//! Sums made from sheets: of the structures under one in some months, or of a whole year, without asking every series for a little.

use std::sync::{Arc, PoisonError};

use piramide_domain::{Facts, Names, Sheet, SheetRun, Sheets, at_length};
use piramide_measure::{Month, Period};

use super::{Books, forest::Forest, made::Made, planes::Plane, year::Year};
use crate::facts::AMOUNT;

/// What the numbers of sheets are here.
pub(super) struct Links {
    /// The node of each subject; none where nothing is kept of it.
    nodes: Vec<Option<usize>>,
    /// The subjects that are sums of others, in their order.
    sums: Vec<usize>,
    /// The sheets' number of each structure that has any.
    structures: Vec<Option<usize>>,
    /// Each node under another, that one and the sign: from the leaves up.
    steps: Vec<(usize, usize, i8)>,
    /// Of which sheets, and how many of everything there were.
    kin: Arc<()>,
    counts: [usize; 3],
}

impl Links {
    fn new(sheets: &Sheets, forest: &Forest, structures: &Names) -> Self {
        let nodes: Vec<Option<usize>> = sheets.subjects().codes().map(|code| forest.number(code)).collect();
        let is_sum = |node: &Option<usize>| node.is_some_and(|node| forest.is_sum(node));
        Self {
            sums: nodes.iter().enumerate().filter(|(_, node)| is_sum(node)).map(|(subject, _)| subject).collect(),
            structures: structures.codes().map(|code| sheets.structures().number(code)).collect(),
            steps: forest.steps(),
            kin: sheets.kin().clone(),
            counts: Self::counts(sheets, forest),
            nodes,
        }
    }

    /// Whether they are those of some sheets, which may have got to know more since, or be others.
    fn fit(&self, sheets: &Sheets, forest: &Forest) -> bool {
        Arc::ptr_eq(&self.kin, sheets.kin()) && self.counts == Self::counts(sheets, forest)
    }

    fn counts(sheets: &Sheets, forest: &Forest) -> [usize; 3] {
        [sheets.subjects().codes().len(), sheets.structures().codes().len(), forest.len()]
    }

    fn has_sum(&self, run: &SheetRun<'_>) -> bool {
        let from = self.sums.partition_point(|subject| *subject < run.first);
        self.sums.get(from).is_some_and(|subject| *subject < run.first + run.subjects)
    }

    /// The nodes of the subjects of a run, with their amounts.
    fn amounts(&self, run: &SheetRun<'_>, mut with: impl FnMut(usize, i64)) {
        let mut nodes = self.nodes_of(run);
        run.each(AMOUNT, |cents| {
            if let Some(Some(node)) = nodes.next() {
                with(node, cents);
            }
        });
    }

    fn nodes_of(&self, run: &SheetRun<'_>) -> impl Iterator<Item = Option<usize>> {
        self.nodes.iter().skip(run.first).take(run.subjects).copied()
    }
}

/// Sheets that are being summed.
struct Summing<'a> {
    books: &'a Books,
    sheets: &'a Sheets,
    links: Arc<Links>,
}

impl Books {
    /// A year of facts whose sheets tell it: read at once, and kept from then on. A year of which nothing is recorded has nothing.
    pub(super) fn year(&self, facts: &Facts, number: u16) -> Option<&Year> {
        let year = self.years.get(&number)?;
        Some(year.get_or_init(|| {
            at_length(|| {
                let packed = self.years.range(number..).count() > super::OPEN_YEARS;
                let (mut year, months) = (Year::new(packed), (Month::new(number, 1), Month::new(number, 13)));
                if let (Some(summing), (Some(first), Some(last))) = (self.summing(facts), months) {
                    summing.open(&mut year, (first, last));
                    summing.sum(&mut year, None);
                }
                year
            })
        }))
    }

    /// The sums of a structure and of those under it over a period, from the sheets; `None` where those do not tell, or where a year that is
    /// kept will have them at about the same cost.
    pub(super) fn of_sheets(&self, facts: &Facts, structure: &str, period: Period) -> Option<Made> {
        let months @ (first, last) = (period.first_month(), period.last_month());
        let summing = self.summing(facts).filter(|summing| first.year() == last.year() && summing.sheets.tell(first.year()))?;
        let structure = self.structures.number(structure)?;
        let mut year = Year::new(true);
        summing.open(&mut year, months);
        let mut trees = year.trees().into_iter();
        let tree = trees.next().unwrap_or_else(|| Arc::new(self.tree(last)));
        let mut known = tree.under(structure);
        let whole = first.number() == 1 && last.number() == 13;
        if whole && self.is_asleep() && known.len() * 2 > tree.len() {
            return None;
        }
        for tree in trees {
            let under = tree.under(structure);
            known.retain(|known| under.contains(known));
        }
        summing.sum(&mut year, Some(structure));
        Some(Made::of_sheets(year, months, known))
    }

    fn summing<'a>(&'a self, facts: &'a Facts) -> Option<Summing<'a>> {
        let sheets = facts.sheets()?;
        let mut known = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let links = match known.as_ref().filter(|links| links.fit(sheets, &self.forest)) {
            Some(links) => links.clone(),
            None => known.insert(Arc::new(Links::new(sheets, &self.forest, &self.structures))).clone(),
        };
        Some(Summing { books: self, sheets, links })
    }
}

impl Summing<'_> {
    /// Opens the ranges of months that have sheets.
    fn open(&self, year: &mut Year, (first, last): (Month, Month)) {
        let known = self.books.years.get(&first.year()).and_then(|year| year.get());
        for (first, last) in self.sheets.months(first, last) {
            let same = known.and_then(|known| Some(known.get(known.slot(first, last)?)?.structures.clone()));
            let tree = || {
                let tree = self.books.tree(last);
                year.tree_like(&tree).unwrap_or_else(|| Arc::new(tree))
            };
            let tree = same.unwrap_or_else(tree);
            year.open(first, last, tree);
        }
    }

    /// Adds up what stands at a structure and under it; at all of them without one.
    fn sum(&self, year: &mut Year, within: Option<usize>) {
        let overlap = year.overlap();
        for (tree, slots) in year.summed_together() {
            let structures = within.map_or_else(|| (0..tree.len()).collect(), |within| tree.under(within));
            for structure in structures {
                if let Some(plane) = self.plane(year, (&slots, overlap), structure) {
                    year.join(&slots, (&tree, within), structure, plane);
                }
            }
        }
    }

    /// What stands at one structure itself in some ranges of months, which may share months, summed up the trees; `None` where nothing does.
    fn plane(&self, year: &mut Year, (slots, overlap): (&[usize], bool), structure: usize) -> Option<Plane> {
        let number = (*self.links.structures.get(structure)?)?;
        let nodes = self.books.forest.len();
        let (mut plain, mut rolled) = (None, None);
        for slot in slots {
            let Some(sheet) = year.get(*slot).and_then(|slot| self.sheets.sheet((slot.first, slot.last), number)) else { continue };
            let mut weight = 0;
            if sheet.runs().any(|run| self.links.has_sum(&run)) {
                let plane = self.with_sums(year, &sheet, (*slot, structure), &mut weight);
                rolled.get_or_insert_with(|| Plane::sized(nodes)).join(&plane);
            } else {
                self.add(plain.get_or_insert_with(|| Plane::sized(nodes)), &sheet, &mut weight);
            }
            year.weigh(weight);
            if overlap && sheet.runs().any(|run| self.links.nodes_of(&run).flatten().any(|node| self.books.forest.is_in_tree(node))) {
                year.note(*slot, structure);
            }
        }
        if let Some(plain) = &mut plain {
            plain.roll_up(&self.links.steps.iter().copied());
        }
        match (plain, rolled) {
            (Some(mut plain), Some(rolled)) => {
                plain.join(&rolled);
                Some(plain)
            }
            (plain, rolled) => plain.or(rolled),
        }
    }

    /// Adds what a sheet says of each subject.
    fn add(&self, plane: &mut Plane, sheet: &Sheet<'_>, weight: &mut u128) {
        for run in sheet.runs() {
            let mut counting = plane.counting(run.provenance);
            self.links.amounts(&run, |node, cents| {
                counting.add(node, cents);
                *weight += u128::from(cents.unsigned_abs());
            });
        }
    }

    /// The sums of a sheet on which sums are recorded: those take the place of what their parts sum to.
    fn with_sums(&self, year: &mut Year, sheet: &Sheet<'_>, (slot, structure): (usize, usize), weight: &mut u128) -> Plane {
        let mut plane = Plane::sized(self.books.forest.len());
        self.add(&mut plane, sheet, weight);
        let mut recorded = vec![false; self.books.forest.len()];
        for node in sheet.runs().flat_map(|run| self.links.nodes_of(&run).flatten().collect::<Vec<_>>()) {
            if let Some(recorded) = recorded.get_mut(node) {
                *recorded = true;
            }
        }
        let is_recorded = |node: usize| recorded.get(node).is_some_and(|recorded| *recorded);
        let amount = |node: usize| if is_recorded(node) { plane.get(node).known().map(|(cents, _)| cents) } else { None };
        let sums = self.links.sums.iter().filter_map(|subject| *self.links.nodes.get(*subject)?);
        let unsquared: Vec<usize> = sums.filter(|sum| self.books.forest.misses_its_parts(*sum, amount)).collect();
        unsquared.into_iter().for_each(|sum| year.set_unsquared((sum, slot, structure), true));
        plane.roll_up(&self.links.steps.iter().copied().filter(|(_, above, _)| !is_recorded(*above)));
        plane
    }
}
