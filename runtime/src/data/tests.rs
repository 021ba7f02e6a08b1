use super::*;

fn json_error(text: &str) -> String {
    RawData::from_json(text).unwrap_err().to_string()
}

#[test]
fn json_numbers_keep_their_kind() {
    let data = RawData::from_json(r#"{"N": 3, "x": 3.0, "y": [1, -2.5e-1], "e": 1E3, "z": []}"#).unwrap();
    assert_eq!(data.get("N"), Some(&Datum::Int(3)));
    assert_eq!(data.get("x"), Some(&Datum::Real(3.0)));
    assert_eq!(data.get("y"), Some(&Datum::List(vec![Datum::Int(1), Datum::Real(-0.25)])));
    assert_eq!(data.get("e"), Some(&Datum::Real(1000.0)));
    assert_eq!(data.get("z"), Some(&Datum::List(vec![])));
    assert_eq!(data.get("absent"), None);
}

#[test]
fn json_special_numbers() {
    let text = r#"{"a": [NaN, Infinity, -Infinity, Inf, -Inf, "NaN", "Infinity", "+inf", "-Inf"]}"#;
    let data = RawData::from_json(text).unwrap();
    let Some(Datum::List(items)) = data.get("a") else { panic!("no list") };
    let values: Vec<f64> = items.iter().map(|d| if let Datum::Real(x) = d { *x } else { panic!("{d:?}") }).collect();
    let inf = f64::INFINITY;
    assert!(values[0].is_nan() && values[5].is_nan());
    assert_eq!(values[1..5], [inf, -inf, inf, -inf]);
    assert_eq!(values[6..], [inf, inf, -inf]);
}

#[test]
fn json_tuples_and_order() {
    let data = RawData::from_json(r#"{"b": {"1": 1, "2": [2.5]}, "a": 1}"#).unwrap();
    assert_eq!(data.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["b", "a"]);
    let tuple = vec![("1".to_string(), Datum::Int(1)), ("2".to_string(), Datum::List(vec![Datum::Real(2.5)]))];
    assert_eq!(data.get("b"), Some(&Datum::Object(tuple)));
}

#[test]
fn json_errors_have_positions() {
    assert_eq!(json_error("{\"N\": 1,\n  \"N\": 2}"), "line 2, column 3: `N` is given twice");
    assert_eq!(json_error("{\"N\": 1,\n \"y\": [1 2]}"), "line 2, column 10: expected `,` or `]`, found `2`");
    assert_eq!(json_error("[1]"), "line 1, column 1: expected `{`: the data are one JSON object of names and values");
    assert_eq!(json_error("{\"N\": 1} x"), "line 1, column 10: expected the end, found `x`");
    assert_eq!(json_error("{\"N\": 1e}"), "line 1, column 9: expected the digits of the exponent");
    assert_eq!(json_error("{\"N\": foo}"), "line 1, column 7: expected a value, found `foo`");
    assert!(json_error("").starts_with("line 1, column 1"));
    assert!(json_error("{\"N").contains("no closing quote"));
    assert!(json_error(&format!("{{\"a\": {}", "[".repeat(100_000))).contains("deep"));
}

#[test]
fn json_values_that_are_no_numbers_wait_for_their_use() {
    let data = RawData::from_json(r#"{"label": "abc", "flag": true}"#).unwrap();
    assert_eq!(data.get("label"), Some(&Datum::Invalid("the text \"abc\" (line 1, column 11)".into())));
    assert!(matches!(data.get("flag"), Some(Datum::Invalid(_))));
}

#[test]
fn json_huge_integers() {
    let data = RawData::from_json(r#"{"a": 3000000000, "b": 100000000000000000000}"#).unwrap();
    assert_eq!(data.get("a"), Some(&Datum::Int(3_000_000_000)));
    assert_eq!(data.get("b"), Some(&Datum::Real(1e20)));
}

#[test]
fn csv_columns() {
    let data = RawData::from_csv("y, x,who\n1,2.5,ann\n2,3,bob\n").unwrap();
    assert_eq!(data.rows(), Some(2));
    assert_eq!(data.get("y"), Some(&Datum::List(vec![Datum::Int(1), Datum::Int(2)])));
    assert_eq!(data.get("x"), Some(&Datum::List(vec![Datum::Real(2.5), Datum::Real(3.0)])));
    assert_eq!(data.get("who"), Some(&Datum::Invalid("the text \"ann\" (row 1, column 3)".into())));
}

#[test]
fn csv_errors() {
    let empty = RawData::from_csv("y,x\n1,2\n,3\n").unwrap();
    assert_eq!(empty.get("y"), Some(&Datum::Invalid("an empty cell (row 2, column 1)".into())));
    let ragged = RawData::from_csv("y,x\n1,2\n3\n").unwrap_err();
    assert!(matches!(ragged, DataError::Cell { row: 2, column: 2, .. }), "{ragged}");
    assert_eq!(RawData::from_csv("y,y\n1,2\n").unwrap_err(), DataError::Duplicate("y".into()));
    assert!(RawData::from_csv("").is_err());
}

#[test]
fn files() {
    let dir = std::env::temp_dir().join(format!("ppl-data-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("bad.json");
    std::fs::write(&path, b"{\"N\":\n \xff}").unwrap();
    assert_eq!(RawData::read(&path).unwrap_err(), DataError::NotUtf8 { byte: 7, line: 2 });
    std::fs::write(&path, b"\xef\xbb\xbf{\"N\": 1}").unwrap();
    assert_eq!(RawData::read(&path).unwrap().get("N"), Some(&Datum::Int(1)));
    assert!(matches!(RawData::read_limited(&path, 4).unwrap_err(), DataError::TooLarge { bytes: 11, limit: 4, .. }));
    assert!(matches!(RawData::read(&dir.join("none.json")).unwrap_err(), DataError::File { .. }));
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn built_by_a_program() {
    let mut data = RawData::new().int("N", 2).reals("y", &[1.0, 2.0]).rows_of("m", &[[1.0], [2.0]]);
    data.set_text("N=5").unwrap();
    data.set_text("z = [1, 2.5]").unwrap();
    assert_eq!(data.get("N"), Some(&Datum::Int(5)));
    assert_eq!(data.get("z"), Some(&Datum::List(vec![Datum::Int(1), Datum::Real(2.5)])));
    assert!(data.set_text("N").is_err());
    assert!(data.set_text("N=abc").is_err());
    assert!(data.set_text("=1").is_err());
    assert!(data.insert("N", Datum::Int(1)).is_err());
}
