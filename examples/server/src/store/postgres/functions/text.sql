-- Text: positions count code points; letters are mapped by tables of the program that made this schema, whatever the locale.

CREATE FUNCTION @schema@.text_ends_with(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN right(a COLLATE "C", char_length(b)) = b COLLATE "C";
END $f$;

-- A text that PostgreSQL has no room for is held with U+0001 before one more character; the two count as one.

CREATE FUNCTION @schema@.text_length(a text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN char_length(replace(a COLLATE "C", chr(1), ''));
END $f$;

CREATE FUNCTION @schema@.text_index(a text, part text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  place int := strpos(a COLLATE "C", part COLLATE "C");
BEGIN
  IF place = 0 THEN RETURN -1; END IF;
  RETURN @schema@.text_length(left(a, place - 1));
END $f$;

CREATE FUNCTION @schema@.text_substring(a text, start bigint, most bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  skipped int := least(greatest(start, 0), 1073741824);
  taken int := least(greatest(most, 0), 1073741823);
BEGIN
  IF strpos(a COLLATE "C", chr(1)) = 0 THEN RETURN substr(a, skipped + 1, taken); END IF;
  RETURN coalesce(string_agg(letter[1], '' ORDER BY place), '')
    FROM regexp_matches(a, '\u0001[\ufffe\uffff]|.', 'g') WITH ORDINALITY AS letters(letter, place)
    WHERE place > skipped AND place <= skipped + taken;
END $f$;

CREATE FUNCTION @schema@.text_substring(a text, start bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.text_substring(a, start, 1073741823);
END $f$;

CREATE FUNCTION @schema@.text_trim(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN btrim(a, '@spaces@');
END $f$;

-- Joined or replaced, a result beyond what PostgreSQL holds in a value is null; the bound is that of the evaluator.

CREATE FUNCTION @schema@.text_concat(a text, b text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF octet_length(a)::bigint + octet_length(b) > 268435456 THEN RETURN NULL; END IF;
  RETURN a || b;
END $f$;

CREATE FUNCTION @schema@.text_replace(a text, part text, other text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  times bigint;
BEGIN
  IF part = '' THEN RETURN a; END IF;
  times := (octet_length(a) - octet_length(replace(a COLLATE "C", part COLLATE "C", ''))) / octet_length(part);
  IF octet_length(a) + times * (octet_length(other) - octet_length(part)) > 268435456 THEN RETURN NULL; END IF;
  RETURN replace(a COLLATE "C", part COLLATE "C", other COLLATE "C");
END $f$;

-- Capital sigmas at the end of a word become the final small one.
CREATE FUNCTION @schema@.text_final_sigmas(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  letters text[] := string_to_array(a, NULL);
  inside boolean[] := '{}';
  cased boolean := false;
  code int;
BEGIN
  FOR place IN 1..cardinality(letters) LOOP
    inside[place] := cased;
    code := ascii(letters[place]);
    IF NOT code <@ '@ignorable@'::int4multirange THEN cased := code <@ '@cased@'::int4multirange; END IF;
  END LOOP;
  cased := false;
  FOR place IN REVERSE cardinality(letters)..1 LOOP
    code := ascii(letters[place]);
    IF code = 931 AND inside[place] AND NOT cased THEN letters[place] := 'ς'; END IF;
    IF NOT code <@ '@ignorable@'::int4multirange THEN cased := code <@ '@cased@'::int4multirange; END IF;
  END LOOP;
  RETURN array_to_string(letters, '');
END $f$;

CREATE FUNCTION @schema@.text_lower(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  -- This collation knows the letters of ASCII only.
  letters text COLLATE "C" := lower(a COLLATE "C");
BEGIN
  IF octet_length(letters) = char_length(letters) THEN RETURN letters; END IF;
  IF strpos(letters, 'Σ') > 0 THEN letters := @schema@.text_final_sigmas(letters); END IF;
@lower@
  RETURN letters;
END $f$;

CREATE FUNCTION @schema@.text_upper(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  letters text COLLATE "C" := upper(a COLLATE "C");
BEGIN
  IF octet_length(letters) = char_length(letters) THEN RETURN letters; END IF;
@upper@
  RETURN letters;
END $f$;
