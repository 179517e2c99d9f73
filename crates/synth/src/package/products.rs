//! The catalogue of a package: products, their groups, their coefficients and what the user receives.

use anyhow::Result;
use csv::{StringRecord, Writer};

use super::head;
use crate::{
    catalogue::Catalogue,
    published::{FLOW_TOTAL, Whole, area_of},
};

/// What is said of an area of flows that is printed under the name of the area of points above it, where not all flows of that area are in it.
const FLOWING: &str = ": lavorazioni con flussi";

/// The table of products of a bundled package, with products under each line, and areas of flows under the areas of points.
pub(super) fn products(catalogue: &Catalogue, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = head(bytes)?;
    let rows: Vec<StringRecord> = csv::Reader::from_reader(bytes).into_records().collect::<Result<_, _>>()?;
    let coded = || rows.iter().map(|row| (row.get(0).unwrap_or_default(), row.get(2).unwrap_or_default(), row));
    let label_of = |row: &StringRecord| row.get(1).unwrap_or_default().to_owned();
    for (code, parent, area) in coded() {
        // What flows stands where its points are, before what makes points alone.
        if code == FLOW_TOTAL || parent == FLOW_TOTAL || area_of(parent).is_some() {
            continue;
        }
        write_row(&mut writer, catalogue, area)?;
        for (flow_area, _, row) in coded().filter(|(flow_area, _, _)| area_of(flow_area) == Some(code)) {
            let label = label_of(row);
            let label = if label == label_of(area) { label + FLOWING } else { label };
            writer.write_record([flow_area, &label, code, "area", "", "", "", "", "", "", "Pubblicata con i flussi"])?;
            for (_, _, line) in coded().filter(|(_, parent, _)| *parent == flow_area) {
                write_row(&mut writer, catalogue, line)?;
            }
        }
    }
    Ok(writer.into_inner()?)
}

/// A row of the bundled table: where it is a line, with its products.
fn write_row(writer: &mut Writer<Vec<u8>>, catalogue: &Catalogue, row: &StringRecord) -> Result<()> {
    let place = catalogue.lines.iter().position(|line| row.get(0) == Some(&line.code));
    let Some((number, line)) = place.and_then(|number| Some((number, catalogue.lines.get(number)?))) else {
        return Ok(writer.write_record(row)?);
    };
    writer.write_record([&line.code, &line.label, &line.parent, "line", "", "", "", "", "", "", ""])?;
    let counts = if matches!(line.whole, Whole::Points(_)) { "points" } else { "both" };
    let text = |flag: bool| if flag { "true" } else { "" };
    for product in catalogue.products.iter().filter(|product| product.line == number) {
        let (area, inspection) = (text(line.production_area), text(line.inspection));
        let (automated, metaprocess) = (text(product.traits.automatic.is_some()), text(product.traits.metaprocess));
        let row = [&product.code, &product.label, &line.code, "product", counts, area, inspection, automated, metaprocess, "", "sintetico"];
        writer.write_record(row)?;
    }
    Ok(())
}

/// Outcome products: each takes one product of every line that flows, from the most worked on.
pub(super) fn outcomes(catalogue: &Catalogue) -> Result<Vec<u8>> {
    const MOST: usize = 10;
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(["code", "label", "product", "note"])?;
    for place in 0..MOST {
        for (number, line) in catalogue.lines.iter().enumerate().filter(|(_, line)| matches!(line.whole, Whole::Flow { .. })) {
            if let Some(product) = catalogue.products.iter().filter(|product| product.line == number).nth(place) {
                let (code, label) = (format!("OUTCOME_{:02}", place + 1), format!("Prodotto outcome {} (sintetico)", place + 1));
                writer.write_record([&code, &label, &product.code, &format!("sintetico, di {}", line.code)])?;
            }
        }
    }
    Ok(writer.into_inner()?)
}

/// The table of coefficients of a bundled package, with those of the products instead of those of the lines.
pub(super) fn coefficients(catalogue: &Catalogue, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = head(bytes)?;
    let hours = |units: i64| format!("{}.{:04}", units / 10_000, units % 10_000);
    for row in csv::Reader::from_reader(bytes).into_records() {
        let row = row?;
        if catalogue.lines.iter().all(|line| row.get(0) != Some(&line.code)) {
            writer.write_record(&row)?;
        }
    }
    for product in &catalogue.products {
        writer.write_record([&product.code, "2000-01", &hours(product.coefficient)])?;
        if let Some((month, coefficient)) = product.revised {
            writer.write_record([&product.code, &format!("2020-{month:02}"), &hours(coefficient)])?;
        }
    }
    Ok(writer.into_inner()?)
}
