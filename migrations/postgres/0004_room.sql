-- Rows keep their documents beside their other columns and as they are: compressing each and storing it elsewhere took longer
-- than deciding it. Documents that are written again and again leave room on their pages, so that no index has to follow.
-- Databases that only speak like PostgreSQL may know nothing of it, and need not.
DO $$
BEGIN
    ALTER TABLE event SET (toast_tuple_target = 8160);
    ALTER TABLE "order" SET (toast_tuple_target = 8160, fillfactor = 70);
    ALTER TABLE member SET (toast_tuple_target = 8160, fillfactor = 70);
    ALTER TABLE feed SET (fillfactor = 70);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'storage parameters are not known here: %', SQLERRM;
END
$$;
