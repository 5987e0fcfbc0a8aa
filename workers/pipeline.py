"""Which file does which step: the catalogue `portal.domain.workflow` made executable."""

from portal.domain.workflow import Step
from workers.consult_bureau import STEP as CONSULT_BUREAU
from workers.decide import STEP as DECIDE
from workers.disburse import STEP as DISBURSE
from workers.draw_answers import STEP as DRAW_ANSWERS
from workers.draw_contract import STEP as DRAW_CONTRACT
from workers.enact_policy import STEP as ENACT_POLICY
from workers.erase_draft import STEP as ERASE_DRAFT
from workers.job import StepProcedure
from workers.observe_loans import STEP as OBSERVE_LOANS
from workers.read_document import STEP as READ_DOCUMENT
from workers.remind_draft import STEP as REMIND_DRAFT
from workers.replay_policy import STEP as REPLAY_POLICY
from workers.report_models import STEP as REPORT_MODELS
from workers.retrain_model import STEP as RETRAIN_MODEL
from workers.score import STEP as SCORE
from workers.screen_fraud import STEP as SCREEN_FRAUD
from workers.seal_contract import STEP as SEAL_CONTRACT
from workers.send_notice import STEP as SEND_NOTICE
from workers.verify_documents import STEP as VERIFY_DOCUMENTS
from workers.watch_drift import STEP as WATCH_DRIFT

PROCEDURES: dict[Step, StepProcedure] = {
    Step.READ_DOCUMENT: READ_DOCUMENT(),
    Step.VERIFY_DOCUMENTS: VERIFY_DOCUMENTS(),
    Step.CONSULT_BUREAU: CONSULT_BUREAU(),
    Step.SCREEN_FRAUD: SCREEN_FRAUD(),
    Step.SCORE: SCORE(),
    Step.DECIDE: DECIDE(),
    Step.DRAW_CONTRACT: DRAW_CONTRACT(),
    Step.SEAL_CONTRACT: SEAL_CONTRACT(),
    Step.DISBURSE: DISBURSE(),
    Step.DRAW_ANSWERS: DRAW_ANSWERS(),
    Step.SEND_NOTICE: SEND_NOTICE(),
    Step.REMIND_DRAFT: REMIND_DRAFT(),
    Step.ERASE_DRAFT: ERASE_DRAFT(),
    Step.WATCH_DRIFT: WATCH_DRIFT(),
    Step.OBSERVE_LOANS: OBSERVE_LOANS(),
    Step.REPORT_MODELS: REPORT_MODELS(),
    Step.RETRAIN_MODEL: RETRAIN_MODEL(),
    Step.REPLAY_POLICY: REPLAY_POLICY(),
    Step.ENACT_POLICY: ENACT_POLICY(),
}
