-- Instants and times of day count 100 ns, days count days since 1970-01-01.

CREATE FUNCTION @schema@.instant_date(a bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN a / 864000000000 - CASE WHEN a % 864000000000 < 0 THEN 1 ELSE 0 END;
END $f$;

CREATE FUNCTION @schema@.instant_time(a bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN (a % 864000000000 + 864000000000) % 864000000000;
END $f$;

CREATE FUNCTION @schema@.date_year(a bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN extract(year FROM date '1970-01-01' + a::int)::bigint;
END $f$;

CREATE FUNCTION @schema@.date_month(a bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN extract(month FROM date '1970-01-01' + a::int)::bigint;
END $f$;

CREATE FUNCTION @schema@.date_day(a bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN extract(day FROM date '1970-01-01' + a::int)::bigint;
END $f$;
