//! Titles of problems, in Italian, by stable reason.

use http::StatusCode;

/// The reasons of the house and what an Italian reader is told.
const TITLES: &[(&str, &str)] = &[
    ("ALREADY_RECORDED", "Dato già registrato: per correggerlo serve una motivazione"),
    ("ANSWERS_EXCEED_POPULATION", "Più risposte di quante persone ha lo strato"),
    ("ANSWERS_NONE", "Nessuna risposta"),
    ("AUTHOR_MALFORMED", "Autore non valido"),
    ("BALANCE_MISSED", "La quadratura non torna"),
    ("BATCH_EMPTY", "Lotto senza righe"),
    ("BATCH_ID_REUSED", "Identificativo del lotto già usato con altro contenuto"),
    ("BATCH_UNKNOWN", "Lotto inesistente"),
    ("BODY_MALFORMED", "Il corpo della richiesta non è leggibile"),
    ("BUG", "Errore interno"),
    ("CHANNEL_UNKNOWN", "Canale sconosciuto"),
    ("CHILDREN_MISS_PARENT", "Le voci «di cui» non danno il totale"),
    ("CLOSING_NAME_REUSED", "Nome della chiusura già usato"),
    ("CLOSING_UNKNOWN", "Chiusura inesistente"),
    ("CODE_MALFORMED", "Codice non valido"),
    ("CONCURRENT_WRITERS", "Scritture concorrenti: riprovare"),
    ("CONTENT_CHANGED", "Contenuto alterato durante l'invio"),
    ("CONTINUITY_MISSED", "La giacenza iniziale non è quella finale del mese precedente"),
    ("CONTROL_TOTAL_MISSED", "I totali di controllo non tornano"),
    ("DEADLINE", "Il servizio non ha risposto in tempo"),
    ("DENOMINATOR_ZERO", "Denominatore nullo"),
    ("DOMAIN_UNKNOWN", "Dominio sconosciuto"),
    ("DRAINING", "Servizio in fase di arresto"),
    ("FACTOR_UNKNOWN", "Fattore sconosciuto"),
    ("FIELD_MALFORMED", "Campo non valido"),
    ("HEADER_MALFORMED", "Descrizione del lotto non valida"),
    ("IDEMPOTENCY_KEY_MISSING", "Manca l'intestazione Idempotency-Key"),
    ("INDICATOR_UNKNOWN", "Indicatore sconosciuto"),
    ("INTERNAL", "Errore interno"),
    ("KEY_REPEATED", "Riga ripetuta nel lotto"),
    ("LINE_REPEATED", "Numero di riga ripetuto"),
    ("MARK_OUT_OF_RANGE", "Voto fuori dalla scala da 1 a 5"),
    ("MEDIA_TYPE", "Formato non accettato"),
    ("METHOD_NOT_ALLOWED", "Metodo non ammesso"),
    ("NAME_MALFORMED", "Nome non valido"),
    ("NO_PLAN", "Nessun piano in vigore nel periodo"),
    ("NUMBER_MALFORMED", "Numero non valido"),
    ("NUMBER_NEGATIVE", "Numero negativo non ammesso"),
    ("OVERLOAD", "Servizio sovraccarico: riprovare più tardi"),
    ("PAGE_MALFORMED", "Pagina non valida"),
    ("PAGE_SIZE", "Dimensione della pagina non valida"),
    ("PAGE_TOKEN", "Segnaposto di pagina non valido"),
    ("PARAMETER_MALFORMED", "Parametro non valido"),
    ("PART_EXCEEDS_WHOLE", "Una parte supera il totale"),
    ("PERIOD_CLOSED", "Periodo chiuso"),
    ("PERIOD_MALFORMED", "Periodo non valido"),
    ("PERIOD_OVERLAPS", "Periodi sovrapposti"),
    ("PLAN_UNKNOWN", "Piano sconosciuto"),
    ("QUANTITY_MISPLACED", "Grandezza fuori posto"),
    ("QUANTITY_MISSING", "Grandezza mancante"),
    ("QUANTITY_REPEATED", "Grandezza ripetuta nella riga"),
    ("QUANTITY_UNKNOWN", "Grandezza sconosciuta"),
    ("QUERY_MALFORMED", "Parametri della richiesta non validi"),
    ("QUOTA", "Troppe richieste"),
    ("ROUTE_UNKNOWN", "Pagina o risorsa inesistente"),
    ("ROWS_LOST", "Righe perdute durante l'invio"),
    ("ROW_EMPTY", "Riga senza grandezze"),
    ("ROW_MALFORMED", "Riga non valida"),
    ("SAMPLE_UNKNOWN", "Campione sconosciuto"),
    ("SIZE", "Contenuto troppo grande"),
    ("STORAGE_FULL", "Spazio di archiviazione esaurito"),
    ("STORE_UNAVAILABLE", "Archivio momentaneamente non disponibile"),
    ("STRATUM_UNKNOWN", "Strato sconosciuto o senza peso"),
    ("STREAM_MALFORMED", "Invio non valido"),
    ("STRUCTURE_NOT_A_LEAF", "La struttura ha strutture sotto di sé"),
    ("STRUCTURE_UNKNOWN", "Struttura sconosciuta"),
    ("SUBJECT_UNKNOWN", "Oggetto della rilevazione sconosciuto"),
    ("SURVEY_NOT_OPEN", "L'indagine non è aperta nel periodo"),
    ("SURVEY_UNKNOWN", "Indagine sconosciuta"),
    ("TABLE_MALFORMED", "Il file non è leggibile"),
    ("UNAVAILABLE", "Servizio non disponibile"),
    ("UNBALANCED", "La quadratura non torna"),
    ("UNDECODABLE", "Messaggio non leggibile"),
    ("UNSOUND", "Dati momentaneamente non leggibili: riprovare più tardi"),
    ("UPSTREAM_UNREADABLE", "Risposta di un servizio non leggibile"),
];

/// The title of a reason; of its status, when the reason is not one of the house's.
pub(super) fn title(reason: &str, status: StatusCode) -> &'static str {
    let known = TITLES.binary_search_by(|(known, _)| known.cmp(&reason)).ok().and_then(|position| TITLES.get(position));
    known.map_or_else(|| of_status(status), |(_, title)| title)
}

fn of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "Richiesta non valida",
        401 => "Autenticazione necessaria",
        403 => "Accesso non consentito",
        404 => "Risorsa inesistente",
        405 => "Metodo non ammesso",
        408 => "Richiesta non completata in tempo",
        409 => "Lo stato attuale non lo consente",
        413 => "Contenuto troppo grande",
        415 => "Formato non accettato",
        422 => "Contenuto non accettabile",
        429 => "Troppe richieste",
        501 => "Funzione non disponibile in questo servizio",
        502 => "Risposta di un servizio non leggibile",
        503 => "Servizio non disponibile",
        504 => "Il servizio non ha risposto in tempo",
        500.. => "Errore interno",
        _ => "Richiesta non accettata",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(TITLES.is_sorted_by(|(one, _), (other, _)| one < other));
        assert_eq!(title("PERIOD_CLOSED", StatusCode::CONFLICT), "Periodo chiuso");
        assert_eq!(title("NEW_REASON", StatusCode::CONFLICT), "Lo stato attuale non lo consente");
        assert_eq!(title("NEW_REASON", StatusCode::LOOP_DETECTED), "Errore interno");
    }
}
