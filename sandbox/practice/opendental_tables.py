"""The tables of an Open-Dental-shaped database: the columns an adapter reads and their realistic neighbours.

Our own list, made from public facts about names, types, keys and indexes (``stamp`` = a timestamp that the server moves
on every update). It includes columns that must never be read (SSN, password hashes), so that a test can show that
they are
not. As in the PMS, ``appointment`` and ``patient`` have no index on their stamp, ``procedurelog`` and the ledger
tables have.
"""

from __future__ import annotations

from sandbox.practice.opendental_journals import TABLES as JOURNALS

_ROOMS = """
table preference
  PrefNum bigint key
  PrefName varchar(255)
  ValueString text
  Comments text
  index PrefName (PrefName)

table clinic
  ClinicNum bigint key
  Description varchar(255)
  Address varchar(255)
  Address2 varchar(255)
  City varchar(255)
  State varchar(255)
  Zip varchar(255)
  Phone varchar(255)
  BankNumber varchar(255)
  Abbr varchar(255)
  TimeZone varchar(75)
  IsHidden tinyint
  ItemOrder int

table definition
  DefNum bigint key
  Category tinyint
  ItemOrder smallint
  ItemName varchar(255)
  ItemValue varchar(255)
  ItemColor int
  IsHidden tinyint

table userod
  UserNum bigint key
  UserName varchar(255)
  Password varchar(255)
  EmployeeNum bigint
  ClinicNum bigint
  ProvNum bigint

table provider
  ProvNum bigint key
  Abbr varchar(255)
  ItemOrder smallint
  LName varchar(100)
  FName varchar(100)
  MI varchar(100)
  Suffix varchar(100)
  FeeSched bigint
  Specialty bigint
  SSN varchar(12)
  StateLicense varchar(15)
  DEANum varchar(15)
  IsSecondary tinyint
  ProvColor int
  IsHidden tinyint
  NationalProvID varchar(255)
  DateTStamp stamp
  IsNotPerson tinyint
  ProvStatus tinyint
  PreferredName varchar(100)

table operatory
  OperatoryNum bigint key
  OpName varchar(255)
  Abbrev varchar(255)
  ItemOrder smallint
  IsHidden tinyint
  ProvDentist bigint
  ProvHygienist bigint
  IsHygiene tinyint
  ClinicNum bigint
  DateTStamp stamp
  SetProspective tinyint
  IsWebSched tinyint
  OperatoryType bigint

table appointmenttype
  AppointmentTypeNum bigint key
  AppointmentTypeName varchar(255)
  AppointmentTypeColor int
  ItemOrder int
  IsHidden tinyint
  Pattern varchar(255)
  CodeStr text
  CodeStrRequired text
  RequiredProcCodesNeeded tinyint
  BlockoutTypes varchar(255)

table patient
  PatNum bigint key
  LName varchar(100)
  FName varchar(100)
  MiddleI varchar(100)
  Preferred varchar(100)
  PatStatus tinyint
  Gender tinyint
  Position tinyint
  Birthdate date
  SSN varchar(100)
  Address varchar(100)
  Address2 varchar(100)
  City varchar(100)
  State varchar(100)
  Zip varchar(100)
  HmPhone varchar(30)
  WkPhone varchar(30)
  WirelessPhone varchar(30)
  Guarantor bigint
  CreditType char(1)
  Email varchar(100)
  Salutation varchar(100)
  EstBalance double
  PriProv bigint
  SecProv bigint
  FeeSched bigint
  BillingType bigint
  ImageFolder varchar(100)
  FamFinUrgNote text
  MedUrgNote varchar(255)
  ChartNumber varchar(100)
  MedicaidID varchar(20)
  BalTotal double
  EmployerNum bigint
  DateFirstVisit date
  ClinicNum bigint
  Premed tinyint
  Ward varchar(255)
  PreferConfirmMethod tinyint
  PreferContactMethod tinyint
  PreferRecallMethod tinyint
  Language varchar(100)
  AdmitDate date
  DateTStamp stamp
  SuperFamily bigint
  TxtMsgOk tinyint
  DateTimeDeceased datetime
  SecUserNumEntry bigint
  SecDateEntry date
  SecurityHash varchar(255)
  index indexLName (LName, FName)
  index indexGuarantor (Guarantor)
  index PatStatus (PatStatus)

table patientlink
  PatientLinkNum bigint key
  PatNumFrom bigint
  PatNumTo bigint
  LinkType tinyint
  DateTimeLink datetime
  index PatNumFrom (PatNumFrom)
  index PatNumTo (PatNumTo)

table appointment
  AptNum bigint key
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
  DateTStamp stamp
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
  index indexPatNum (PatNum)
  index indexProvNum (ProvNum)
  index indexAptDateTime (AptDateTime)
  index Op (Op)
  index StatusDate (AptStatus, AptDateTime, ClinicNum)

table procedurecode
  CodeNum bigint key
  ProcCode varchar(15)
  Descript varchar(255)
  AbbrDesc varchar(50)
  ProcTime varchar(24)
  ProcCat bigint
  IsHygiene tinyint
  DateTStamp stamp
  index ProcCode (ProcCode)

table procedurelog
  ProcNum bigint key
  PatNum bigint
  AptNum bigint
  ProcDate date
  ProcFee double
  Surf varchar(10)
  ToothNum varchar(2)
  ProcStatus tinyint
  ProvNum bigint
  PlannedAptNum bigint
  ClinicNum bigint
  DateTP date
  DateEntryC date
  DateTStamp stamp
  BaseUnits int
  UnitQty int
  CodeNum bigint
  SecUserNumEntry bigint
  SecDateEntry datetime
  DateComplete date
  index indexPatNum (PatNum)
  index indexAptNum (AptNum)
  index indexProcDate (ProcDate)
  index DateTStampPN (DateTStamp, PatNum)

table adjustment
  AdjNum bigint key
  AdjDate date
  AdjAmt double
  PatNum bigint
  AdjType bigint
  ProvNum bigint
  AdjNote text
  ProcDate date
  ProcNum bigint
  DateEntry date
  ClinicNum bigint
  SecUserNumEntry bigint
  SecDateTEdit stamp
  index indexPatNum (PatNum)
  index ProcNum (ProcNum)
  index SecDateTEditPN (SecDateTEdit, PatNum)

table payment
  PayNum bigint key
  PayType bigint
  PayDate date
  PayAmt double
  CheckNum varchar(25)
  BankBranch varchar(25)
  PayNote text
  IsSplit tinyint
  PatNum bigint
  ClinicNum bigint
  DateEntry date
  DepositNum bigint
  Receipt text
  IsRecurringCC tinyint
  SecUserNumEntry bigint
  SecDateTEdit stamp
  PaymentSource tinyint
  ProcessStatus tinyint
  RecurringChargeDate date
  ExternalId varchar(255)
  PaymentStatus tinyint
  IsCcCompleted tinyint
  MerchantFee double
  index indexPatNum (PatNum)
  index PayType (PayType)

table paysplit
  SplitNum bigint key
  SplitAmt double
  PatNum bigint
  ProcDate date
  PayNum bigint
  ProvNum bigint
  PayPlanNum bigint
  DatePay date
  ProcNum bigint
  DateEntry date
  UnearnedType bigint
  ClinicNum bigint
  SecUserNumEntry bigint
  SecDateTEdit stamp
  FSplitNum bigint
  AdjNum bigint
  PayPlanChargeNum bigint
  PayPlanDebitType tinyint
  SecurityHash varchar(255)
  index indexPatNum (PatNum)
  index PayNum (PayNum)
  index ProcNum (ProcNum)
  index SecDateTEditPN (SecDateTEdit, PatNum)

table claimproc
  ClaimProcNum bigint key
  ProcNum bigint
  ClaimNum bigint
  PatNum bigint
  ProvNum bigint
  FeeBilled double
  InsPayEst double
  InsPayAmt double
  DedApplied double
  Status tinyint
  WriteOff double
  ClaimPaymentNum bigint
  PlanNum bigint
  DateCP date
  ProcDate date
  ClinicNum bigint
  SecDateEntry date
  SecDateTEdit stamp
  SecurityHash varchar(255)
  index indexPatNum (PatNum)
  index indexProcNum (ProcNum)
  index SecDateTEditPN (SecDateTEdit, PatNum)
"""

TABLES = _ROOMS + JOURNALS
