;;; Drives Emacs' own LSP client, Eglot: opens a file, waits for diagnostics, hovers, applies the fix
;;; to bfloat16, waits until the finding is gone. Environment: INIT (the configuration),
;;; FILE, FIXED (text expected).
(require 'package)
(package-initialize)
(require 'cl-lib)
(require 'eglot)
(require 'flymake)
(when (locate-library "yaml-mode")
  (require 'yaml-mode)
  (add-to-list 'auto-mode-alist '("\\.yaml\\'" . yaml-mode)))

;; The lines that the README tells people to put into their init file.
(load (getenv "INIT") nil t)
(setq eglot-sync-connect 20
      eglot-confirm-server-initiated-edits nil)

(defvar tl-passed 0)
(defvar tl-step "start")

(defun tl-wait (test)
  (with-timeout (20 (error "timed out"))
    (while (not (funcall test)) (accept-process-output nil 0.05))))

(defmacro tl-step (title &rest body)
  `(progn (setq tl-step ,title)
          (prog1 (progn ,@body)
            (setq tl-passed (1+ tl-passed))
            (princ (format "  ok %s\n" ,title)))))

(defun tl-finding ()
  (cl-find-if (lambda (each) (string-match-p "fp16\\|float16" (flymake-diagnostic-text each)))
              (flymake-diagnostics)))

(defun tl-request (method params)
  (jsonrpc-request (eglot--current-server-or-lose) method params))

(defun tl-point (position) (eglot--pos-to-lsp-position position))

(defun tl-main ()
  (find-file (getenv "FILE"))
  (setq-local flymake-no-changes-timeout 0.1)
  (tl-step "the server starts"
    (apply #'eglot (eglot--guess-contact))
    (tl-wait (lambda () (eglot-managed-p))))
  (flymake-mode 1)
  (flymake-start)
  (tl-step "diagnostics arrive" (tl-wait #'tl-finding))
  (let* ((found (tl-finding))
         (beg (flymake-diagnostic-beg found))
         (end (flymake-diagnostic-end found)))
    (goto-char beg)
    (tl-step "hover answers"
      (let ((hover (tl-request :textDocument/hover (eglot--TextDocumentPositionParams))))
        (unless (> (length (plist-get (plist-get hover :contents) :value)) 0) (error "no hover"))))
    (tl-step "the setting names the card"
      (let* ((params (list :textDocument (eglot--TextDocumentIdentifier)))
             (lenses (append (tl-request :textDocument/codeLens params) nil))
             (title (plist-get (plist-get (car lenses) :command) :title)))
        (unless (string-match-p "of 24\\.0 GiB" title) (error "%s" title))
        (when (string-match-p "\\$(" title) (error "an icon that only VS Code draws: %s" title))))
    (tl-step "the fix is applied"
      (let* ((range (list :start (tl-point beg) :end (tl-point end)))
             (params (list :textDocument (eglot--TextDocumentIdentifier)
                           :range range :context '(:diagnostics [])))
             (actions (append (tl-request :textDocument/codeAction params) nil))
             (fix (cl-find-if (lambda (each) (string-match-p "bfloat16" (plist-get each :title)))
                              actions)))
        (unless fix (error "no fix to bfloat16"))
        (eglot--apply-workspace-edit (plist-get fix :edit))
        (unless (string-match-p (regexp-quote (getenv "FIXED")) (buffer-string))
          (error "%s" (buffer-string))))))
  (tl-step "the finding is gone"
    (eglot--signal-textDocument/didChange) ; Eglot sends edits when Emacs is idle, which a batch is not
    (tl-wait (lambda () (flymake-start) (accept-process-output nil 0.2) (not (tl-finding)))))
  (tl-step "the server stops"
    (eglot-shutdown (eglot--current-server-or-lose))))

(let ((why (condition-case problem (progn (tl-main) nil) (error problem))))
  (when why (princ (format "  failed: %s: %S\n" tl-step why)))
  (princ (format "tunelint-report %d %d\n" tl-passed (if why 1 0)))
  (set-buffer-modified-p nil)
  (kill-emacs (if why 1 0)))
