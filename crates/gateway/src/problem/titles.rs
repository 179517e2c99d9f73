//! Titles of problems, in Italian, by stable reason.

use http::StatusCode;

/// The reasons of the house and what an Italian reader is told.
const TITLES: &[(&str, &str)] = &[
    ("AGES_MISS_BALANCE", "Le classi di anzianità non danno il saldo"),
    ("ALREADY_RECORDED", "Dato già registrato: per correggerlo serve una motivazione"),
    ("ANSWERS_EXCEED_POPULATION", "Più risposte di quante persone ha lo strato"),
    ("ANSWERS_MALFORMED", "Risposte non valide"),
    ("ANSWERS_NONE", "Nessuna risposta"),
    ("ASSIGNEE_UNKNOWN", "Direzione centrale sconosciuta"),
    ("AUTHOR_MALFORMED", "Autore non valido"),
    ("BACKLOG_MISSED", "La giacenza diventerebbe negativa"),
    ("BALANCE_MISSED", "La quadratura non torna"),
    ("BATCH_EMPTY", "Lotto senza righe"),
    ("BATCH_ID_REUSED", "Identificativo del lotto già usato con altro contenuto"),
    ("BATCH_UNKNOWN", "Lotto inesistente"),
    ("BODY_MALFORMED", "Il corpo della richiesta non è leggibile"),
    ("BUG", "Errore interno"),
    ("CHANNEL_UNKNOWN", "Canale sconosciuto"),
    ("CHAPTER_UNKNOWN", "Capitolo di spesa sconosciuto"),
    ("CHILDREN_MISS_PARENT", "Le voci «di cui» non danno il totale"),
    ("CHUNK_MALFORMED", "Invio di eventi non valido"),
    ("CLOSING_NAME_REUSED", "Nome della chiusura già usato"),
    ("CLOSING_REQUIRED", "Occorre indicare le chiusure da confrontare"),
    ("CLOSING_UNKNOWN", "Chiusura inesistente"),
    ("CODE_MALFORMED", "Codice non valido"),
    ("COEFFICIENT_MISSING", "Prodotto senza coefficiente nel mese"),
    ("CONCURRENT_WRITERS", "Scritture concorrenti: riprovare"),
    ("CONTENT_CHANGED", "Contenuto alterato durante l'invio"),
    ("CONTINUITY_MISSED", "La giacenza iniziale non è quella finale del mese precedente"),
    ("CONTROL_TOTAL_MISSED", "I totali di controllo non tornano"),
    ("DEADLINE", "Il servizio non ha risposto in tempo"),
    ("DENOMINATOR_ZERO", "Denominatore nullo"),
    ("DOMAIN_UNKNOWN", "Dominio sconosciuto"),
    ("DRAINING", "Servizio in fase di arresto"),
    ("EVENT_REUSED", "Evento già registrato con altro contenuto"),
    ("FACTOR_UNKNOWN", "Fattore sconosciuto"),
    ("FIELD_MALFORMED", "Campo non valido"),
    ("FIGURES_UNSPECIFIED", "Occorre indicare se consuntivi o obiettivi"),
    ("FORECAST_IN_MONTH_13", "Il tredicesimo mese non ha previsione"),
    ("HEADER_MALFORMED", "Descrizione del lotto non valida"),
    ("IDEMPOTENCY_KEY_MISSING", "Manca l'intestazione Idempotency-Key"),
    ("INCENTIVE_UNKNOWN", "Incentivo sconosciuto"),
    ("INDICATOR_UNKNOWN", "Indicatore sconosciuto"),
    ("INTERNAL", "Errore interno"),
    ("KEY_REPEATED", "Riga ripetuta nel lotto"),
    ("KIND_UNKNOWN", "Tipo di evento sconosciuto"),
    ("LINE_REPEATED", "Numero di riga ripetuto"),
    ("MARK_OUT_OF_RANGE", "Voto fuori dalla scala da 1 a 5"),
    ("MEDIA_TYPE", "Formato non accettato"),
    ("METHOD_NOT_ALLOWED", "Metodo non ammesso"),
    ("MOMENT_AHEAD", "Momento nel futuro"),
    ("MOMENT_MALFORMED", "Momento non valido"),
    ("MONTH_AHEAD", "Mese nel futuro"),
    ("NAME_MALFORMED", "Nome non valido"),
    ("NODE_UNKNOWN", "Nodo sconosciuto"),
    ("NO_PLAN", "Nessun piano in vigore nel periodo"),
    ("NUMBER", "Numero della risposta o dell'evento non valido"),
    ("NUMBER_MALFORMED", "Numero non valido"),
    ("NUMBER_NEGATIVE", "Numero negativo non ammesso"),
    ("OVERLOAD", "Servizio sovraccarico: riprovare più tardi"),
    ("PAGE_MALFORMED", "Pagina non valida"),
    ("PAGE_SIZE", "Dimensione della pagina non valida"),
    ("PAGE_TOKEN", "Segnaposto di pagina non valido"),
    ("PARAMETER_MALFORMED", "Parametro non valido"),
    ("PARTS_MISSED", "Le parti non tornano con il totale"),
    ("PARTS_WITHOUT_WHOLE", "Parti senza il loro totale"),
    ("PART_EXCEEDS_WHOLE", "Una parte supera il totale"),
    ("PAST_BUSY", "Troppi stati passati in preparazione: riprovare più tardi"),
    ("PERIOD_CLOSED", "Periodo chiuso"),
    ("PERIOD_MALFORMED", "Periodo non valido"),
    ("PERIOD_NOT_A_YEAR", "Occorre un anno intero"),
    ("PERIOD_OVERLAPS", "Periodi sovrapposti"),
    ("PIECES_MALFORMED", "Numero di pezzi non valido"),
    ("PLAN_UNKNOWN", "Piano sconosciuto"),
    ("PROPOSAL_REFUSED", "Proposta di coefficiente non accettata"),
    ("QUANTITY_MISPLACED", "Grandezza fuori posto"),
    ("QUANTITY_MISSED", "Le grandezze non tornano tra loro"),
    ("QUANTITY_MISSING", "Grandezza mancante"),
    ("QUANTITY_REPEATED", "Grandezza ripetuta nella riga"),
    ("QUANTITY_UNKNOWN", "Grandezza sconosciuta"),
    ("QUERY_MALFORMED", "Parametri della richiesta non validi"),
    ("QUOTA", "Troppe richieste"),
    ("REASON_MISSING", "Manca la motivazione"),
    ("REFERENCE_MISSING", "Occorre indicare il termine di confronto"),
    ("REVERSAL_WITHOUT_ORIGINAL", "Storno senza la registrazione originale"),
    ("ROUTE_UNKNOWN", "Pagina o risorsa inesistente"),
    ("ROWS_LOST", "Righe perdute durante l'invio"),
    ("ROW_EMPTY", "Riga senza grandezze"),
    ("ROW_MALFORMED", "Riga non valida"),
    ("SAMPLE_UNKNOWN", "Campione sconosciuto"),
    ("SCOPE_MISSING", "Occorre indicare con chi confrontare"),
    ("SIZE", "Contenuto troppo grande"),
    ("STARTING", "Servizio in fase di avvio"),
    ("STORAGE_FULL", "Spazio di archiviazione esaurito"),
    ("STORE_UNAVAILABLE", "Archivio momentaneamente non disponibile"),
    ("STRATUM_UNKNOWN", "Strato sconosciuto o senza peso"),
    ("STREAM_MALFORMED", "Invio non valido"),
    ("STRUCTURE_NOT_A_LEAF", "La struttura ha strutture sotto di sé"),
    ("STRUCTURE_NOT_VALID", "La struttura non è attiva nel periodo"),
    ("STRUCTURE_UNKNOWN", "Struttura sconosciuta"),
    ("SUBJECT_UNKNOWN", "Oggetto della rilevazione sconosciuto"),
    ("SUM_TOO_LARGE", "Somma oltre i limiti rappresentabili"),
    ("SURVEY_NOT_OPEN", "L'indagine non è aperta nel periodo"),
    ("SURVEY_UNKNOWN", "Indagine sconosciuta"),
    ("TABLE_MALFORMED", "Il file non è leggibile"),
    ("TIME_WITHOUT_PIECES", "Tempo rilevato senza pezzi, o pezzi senza tempo"),
    ("TRANSFERS_MISSED", "I trasferimenti in entrata e in uscita non pareggiano"),
    ("TRANSFER_MALFORMED", "Trasferimento non valido"),
    ("UNAVAILABLE", "Servizio non disponibile"),
    ("UNBALANCED", "La quadratura non torna"),
    ("UNDECODABLE", "Messaggio non leggibile"),
    ("UNSOUND", "Dati momentaneamente non leggibili: riprovare più tardi"),
    ("UNWORKABLE_BEYOND_BALANCE", "Le partite non lavorabili superano il saldo"),
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
