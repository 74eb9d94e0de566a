-- Whole numbers: what does not fit 64 bits is null.

CREATE FUNCTION @schema@.whole(n numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF n BETWEEN -9223372036854775808 AND 9223372036854775807 THEN RETURN n::bigint; END IF;
  RETURN NULL;
END $f$;

CREATE FUNCTION @schema@.int_add(a bigint, b bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.whole(a::numeric + b::numeric);
END $f$;

CREATE FUNCTION @schema@.int_sub(a bigint, b bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.whole(a::numeric - b::numeric);
END $f$;

CREATE FUNCTION @schema@.int_mul(a bigint, b bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.whole(a::numeric * b::numeric);
END $f$;

CREATE FUNCTION @schema@.int_div(a bigint, b bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF b = 0 THEN RETURN NULL; END IF;
  RETURN @schema@.whole(div(a::numeric, b::numeric));
END $f$;

-- The remainder of the least number and -1 is zero; only their quotient overflows.
CREATE FUNCTION @schema@.int_mod(a bigint, b bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF b = 0 THEN RETURN NULL; END IF;
  RETURN @schema@.whole(a::numeric % b::numeric);
END $f$;

CREATE FUNCTION @schema@.int_negate(a bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.whole(-(a::numeric));
END $f$;

-- Floating numbers: PostgreSQL fails where a result is too large or too small; here it is null, or zero.

-- The number of a double without any rounding.
CREATE FUNCTION @schema@.double_exact(a double precision) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  bits bigint := ('x' || encode(float8send(a), 'hex'))::bit(64)::bigint;
  exponent int := ((bits >> 52) & 2047)::int;
  mantissa numeric := (bits & 4503599627370495)::numeric;
BEGIN
  IF exponent = 0 THEN exponent := 1; ELSE mantissa := mantissa + 4503599627370496; END IF;
  exponent := exponent - 1075;
  IF bits < 0 THEN mantissa := -mantissa; END IF;
  IF exponent >= 0 THEN RETURN mantissa * power(2::numeric, exponent::numeric); END IF;
  RETURN mantissa * power(5::numeric, (-exponent)::numeric) * ('1e' || exponent)::numeric;
END $f$;

-- From here on a number rounds to infinity: half a unit of the last place above the greatest double.
CREATE FUNCTION @schema@.double_above() RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN power(2::numeric, 1024::numeric) - power(2::numeric, 970::numeric);
END $f$;

-- Up to here a number rounds to zero: half of the smallest double.
CREATE FUNCTION @schema@.double_below() RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RETURN power(5::numeric, 1075::numeric) * 1e-1075;
END $f$;

CREATE FUNCTION @schema@.double_add(a double precision, b double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  -- Less than half of the last place of the greatest double changes nothing there.
  IF abs(a) < 1e291::double precision OR abs(b) < 1e291::double precision THEN RETURN a + b; END IF;
  IF abs(@schema@.double_exact(a) + @schema@.double_exact(b)) >= @schema@.double_above() THEN RETURN NULL; END IF;
  RETURN a + b;
END $f$;

CREATE FUNCTION @schema@.double_sub(a double precision, b double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.double_add(a, -b);
END $f$;

CREATE FUNCTION @schema@.double_mul(a double precision, b double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  product numeric;
BEGIN
  IF a = 0 OR b = 0 THEN RETURN 0; END IF;
  IF abs(a) BETWEEN 1e-150::double precision AND 1e150::double precision
    AND abs(b) BETWEEN 1e-150::double precision AND 1e150::double precision THEN RETURN a * b; END IF;
  product := abs(@schema@.double_exact(a) * @schema@.double_exact(b));
  IF product >= @schema@.double_above() THEN RETURN NULL; END IF;
  IF product <= @schema@.double_below() THEN RETURN 0; END IF;
  RETURN a * b;
END $f$;

CREATE FUNCTION @schema@.double_div(a double precision, b double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  divisor numeric;
  dividend numeric;
BEGIN
  IF b = 0 THEN RETURN NULL; END IF;
  IF a = 0 THEN RETURN 0; END IF;
  IF abs(a) BETWEEN 1e-150::double precision AND 1e150::double precision
    AND abs(b) BETWEEN 1e-150::double precision AND 1e150::double precision THEN RETURN a / b; END IF;
  dividend := abs(@schema@.double_exact(a));
  divisor := abs(@schema@.double_exact(b));
  IF dividend >= @schema@.double_above() * divisor THEN RETURN NULL; END IF;
  IF dividend <= @schema@.double_below() * divisor THEN RETURN 0; END IF;
  RETURN a / b;
END $f$;

-- PostgreSQL has no remainder of doubles; that of their exact numbers is a double again.
CREATE FUNCTION @schema@.double_mod(a double precision, b double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF b = 0 THEN RETURN NULL; END IF;
  RETURN (@schema@.double_exact(a) % @schema@.double_exact(b))::double precision;
END $f$;

-- The middle goes away from zero; PostgreSQL's own round takes the even neighbour.
CREATE FUNCTION @schema@.double_round(a double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  whole double precision := trunc(a);
BEGIN
  IF abs(a - whole) >= 0.5 THEN RETURN whole + sign(a); END IF;
  RETURN whole;
END $f$;

CREATE FUNCTION @schema@.double_to_int(a double precision) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF a >= 9223372036854775808::double precision THEN RETURN 9223372036854775807; END IF;
  IF a <= -9223372036854775808::double precision THEN RETURN (-9223372036854775808)::bigint; END IF;
  RETURN trunc(a)::bigint;
END $f$;

-- The shortest digits that read back as the same double.
CREATE FUNCTION @schema@.double_to_decimal(a double precision) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET extra_float_digits = 1 AS $f$
DECLARE
  digits numeric;
  exact numeric;
  places int;
  shorter numeric;
BEGIN
  IF abs(a) >= 1e30::double precision THEN RETURN NULL; END IF;
  digits := a::text::numeric;
  -- PostgreSQL leaves out digits that lie in the middle of two doubles, though they are read as the even one.
  IF abs(a) >= 9007199254740992::double precision THEN
    exact := @schema@.double_exact(a);
    places := char_length(trunc(abs(exact))::text);
    FOR kept IN 1..16 LOOP
      shorter := round(exact, kept - places);
      IF shorter::double precision = a THEN
        digits := shorter;
        EXIT;
      END IF;
    END LOOP;
  END IF;
  IF abs(digits) >= 1e29 THEN RETURN NULL; END IF;
  RETURN trunc(digits, 28);
END $f$;

-- A comparison without the rounding that a conversion of the whole number would bring: -1, 0 or 1.
CREATE FUNCTION @schema@.int_double_order(a bigint, b double precision) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  whole double precision := trunc(b);
BEGIN
  IF b >= 9223372036854775808::double precision THEN RETURN -1; END IF;
  IF b < -9223372036854775808::double precision THEN RETURN 1; END IF;
  IF a <> whole::bigint THEN RETURN CASE WHEN a < whole::bigint THEN -1 ELSE 1 END; END IF;
  RETURN -sign(b - whole)::int;
END $f$;

CREATE FUNCTION @schema@.int_double_same(a bigint, b double precision) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  IF a IS NULL OR b IS NULL THEN RETURN a IS NULL AND b IS NULL; END IF;
  RETURN @schema@.int_double_order(a, b) = 0;
END $f$;

-- Decimals: 28 digits, at most 28 of them behind the point; further ones are cut, a larger whole part is null.

CREATE FUNCTION @schema@.decimal_cut(a numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  whole numeric := trunc(abs(a));
BEGIN
  IF whole = 0 THEN RETURN trunc(a, 28); END IF;
  IF whole >= 1e28 THEN RETURN NULL; END IF;
  RETURN trunc(a, 28 - char_length(whole::text));
END $f$;

CREATE FUNCTION @schema@.decimal_add(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.decimal_cut(@schema@.decimal_cut(a) + @schema@.decimal_cut(b));
END $f$;

CREATE FUNCTION @schema@.decimal_sub(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.decimal_cut(@schema@.decimal_cut(a) - @schema@.decimal_cut(b));
END $f$;

CREATE FUNCTION @schema@.decimal_mul(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.decimal_cut(@schema@.decimal_cut(a) * @schema@.decimal_cut(b));
END $f$;

CREATE FUNCTION @schema@.decimal_div(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF b = 0 THEN RETURN NULL; END IF;
  -- The quotient of whole numbers is cut and exact; that of decimals would be rounded.
  RETURN @schema@.decimal_cut(div(@schema@.decimal_cut(a) * 1e28, @schema@.decimal_cut(b)) * 1e-28);
END $f$;

CREATE FUNCTION @schema@.decimal_mod(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF b = 0 THEN RETURN NULL; END IF;
  RETURN @schema@.decimal_cut(@schema@.decimal_cut(a) % @schema@.decimal_cut(b));
END $f$;

CREATE FUNCTION @schema@.decimal_to_int(a numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN @schema@.whole(trunc(a));
END $f$;
