TRUNCATE line_utilizations, application_utilizations, program_utilizations, flags, notices, mails;
DELETE FROM audit_log WHERE entity = 'flag';
VACUUM audit_log;
CHECKPOINT;
