"""Open Dental's tables beside the rooms of a practice: what the program notes of its work, and what it files.

In the same notation as :mod:`sandbox.practice.opendental_tables`; written from public facts. An appointment's history
has every column of the appointment itself.
"""

from __future__ import annotations

TABLES = """
table histappointment
  HistApptNum bigint key
  HistUserNum bigint
  HistDateTStamp datetime
  HistApptAction tinyint
  ApptSource tinyint
  AptNum bigint
  PatNum bigint
  AptStatus tinyint
  Pattern varchar(255)
  Confirmed bigint
  TimeLocked tinyint
  Op bigint
  Note text
  ProvNum bigint
  ProvHyg bigint
  AptDateTime datetime
  NextAptNum bigint
  UnschedStatus bigint
  IsNewPatient tinyint
  ProcDescript varchar(255)
  Assistant bigint
  ClinicNum bigint
  IsHygiene tinyint
  DateTStamp datetime
  DateTimeArrived datetime
  DateTimeSeated datetime
  DateTimeDismissed datetime
  InsPlan1 bigint
  InsPlan2 bigint
  DateTimeAskedToArrive datetime
  ProcsColored text
  ColorOverride int
  AppointmentTypeNum bigint
  SecUserNumEntry bigint
  SecDateTEntry datetime
  Priority tinyint
  ProvBarText varchar(60)
  PatternSecondary varchar(255)
  SecurityHash varchar(255)
  ItemOrderPlanned int
  index HistDateTStamp (HistDateTStamp)
  index AptNum (AptNum)
  index PatNum (PatNum)

table schedule
  ScheduleNum bigint key
  SchedDate date
  StartTime time
  StopTime time
  SchedType tinyint
  ProvNum bigint
  BlockoutType bigint
  Note text
  Status tinyint
  EmployeeNum bigint
  DateTStamp stamp
  ClinicNum bigint
  index ProvNum (ProvNum)
  index SchedDate (SchedDate)

table scheduleop
  ScheduleOpNum bigint key
  ScheduleNum bigint
  OperatoryNum bigint
  index ScheduleNum (ScheduleNum)

table commlog
  CommlogNum bigint key
  PatNum bigint
  CommDateTime datetime
  CommType bigint
  Note text
  Mode_ tinyint
  SentOrReceived tinyint
  UserNum bigint
  Signature text
  SigIsTopaz tinyint
  DateTStamp stamp
  DateTimeEnd datetime
  CommSource tinyint
  ProgramNum bigint
  DateTEntry datetime
  ReferralNum bigint
  index PatNum (PatNum)
  index CommDateTime (CommDateTime)

table document
  DocNum bigint key
  Description varchar(255)
  DateCreated datetime
  DocCategory bigint
  PatNum bigint
  FileName varchar(255)
  ImgType tinyint
  ToothNumbers varchar(255)
  Note mediumtext
  MountItemNum bigint
  DateTStamp stamp
  RawBase64 mediumtext
  Thumbnail text
  ProvNum bigint
  PrintHeading tinyint
  index PatNum (PatNum)
  index PNDC (PatNum, DocCategory)

table popup
  PopupNum bigint key
  PatNum bigint
  Description text
  IsDisabled tinyint
  PopupLevel tinyint
  UserNum bigint
  DateTimeEntry datetime
  IsArchived tinyint
  PopupNumArchive bigint
  DateTimeDisabled datetime
  index PatNum (PatNum)

table signalod
  SignalNum bigint key
  DateViewing date
  SigDateTime datetime
  FKey bigint
  FKeyType varchar(255)
  IType tinyint
  RemoteRole tinyint
  MsgValue text
  index indexSigDateTime (SigDateTime)

table securitylog
  SecurityLogNum bigint key
  PermType smallint
  UserNum bigint
  LogDateTime datetime
  LogText text
  PatNum bigint
  CompName varchar(255)
  FKey bigint
  LogSource tinyint
  DefNum bigint
  DefNumError bigint
  DateTPrevious datetime
  index PatNum (PatNum)
  index LogDateTime (LogDateTime)

table securityloghash
  SecurityLogHashNum bigint key
  SecurityLogNum bigint
  LogHash varchar(255)
  index SecurityLogNum (SecurityLogNum)
"""
